"""The command line `muse`."""
