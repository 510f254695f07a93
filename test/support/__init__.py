"""Servers, arguments and documents that several test files need."""
