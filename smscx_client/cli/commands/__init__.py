"""The commands of ``smscx``: one module per command or group of related commands."""
