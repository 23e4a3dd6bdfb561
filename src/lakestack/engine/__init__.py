"""The embedded engine: the parts of the stack as processes of this machine."""
