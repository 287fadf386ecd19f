"""From trees to a program: the project's files, the checks, and the lowering of flows to graphs."""
