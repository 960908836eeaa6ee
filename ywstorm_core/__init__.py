"""The compiled core of ywstorm. It imports nothing from `ywstorm`."""
