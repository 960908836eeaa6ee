"""HTTP on sockets: a sans-IO parser, names, connections and the pool. Knows no virtual user."""
