"""Example content of the sandbox: real jobs and real datasets.

Each module is a program of its own, `python -m dashboard.sandbox.seed.jobs --settings FILE`, since clients of HTCondor
and Rucio keep their configuration per process; it prints its progress and does nothing when its content is there.
"""
