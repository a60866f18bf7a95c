"""Example content of the sandbox: real jobs and real datasets.

Added by a process of its own, `python -m dashboard.sandbox.seed`, since HTCondor's client keeps its configuration per
process. What is there already stays as it is.
"""
