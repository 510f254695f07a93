"""The commands of ``smscx``, as users type them."""
