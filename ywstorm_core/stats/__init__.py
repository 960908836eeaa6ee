"""Statistics: histograms, series, their aggregate and its wire form. Knows no socket and no clock."""
