"""The rules of billing: pure functions and values, no I/O, no await, no clock but an argument."""
