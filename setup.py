"""For tools that still ask for it; setup.cfg says everything."""

from setuptools import setup

setup()
