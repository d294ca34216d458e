"""scanner: asks the world, makes facts of the answers, runs scans; the command line."""
