"""Pure computation: no clock, no environment, no path, no input or output."""
