"""Mutation testing of what decides days, deadlines and money: tools/mutants runs it, the bench shows its score.

mutmut changes one small thing in a function (``<`` becomes ``<=``, an argument is lost…) and runs the tests of that function: a
change that no test notices is one that a mistake could make too. Settings: ``[tool.mutmut]`` in pyproject.toml.
"""
