"""Functions as mutmut can change them: it leaves those that carry a decorator alone, and with them the seal and every property.

Only the copy that mutmut works on is rewritten. What a decorator adds around the function stays, but its body moves to a
function of its own, which mutmut changes; a memory of earlier answers goes, since it would answer in the place of the mutant.
"""

import libcst as cst

FORWARDED = frozenset({"property", "contextmanager"})
TAKEN_OFF = frozenset({"lru_cache", "cache", "sensitive_variables"})


def open_decorated(source: str) -> str:
    """Return the source of a module with the bodies of its decorated functions moved to functions without decorator."""
    return cst.parse_module(source).visit(_Opening()).code


class _Opening(cst.CSTTransformer):
    def __init__(self) -> None:
        self.inside: list[str] = []  # the classes and functions around

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.inside.append(node.name.value)

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        self.inside.pop()
        return updated_node

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.inside.append(node.name.value)

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef | cst.FlattenSentinel[cst.FunctionDef]:
        self.inside.pop()
        if len(updated_node.decorators) != 1:
            return updated_node
        kind = _name_of(updated_node.decorators[0])
        if kind in TAKEN_OFF:
            return updated_node.with_changes(decorators=[])
        if kind in FORWARDED:
            return cst.FlattenSentinel(_split(updated_node, self.inside))
        return updated_node


def _name_of(decorator: cst.Decorator) -> str:
    called = decorator.decorator
    while isinstance(called, cst.Call):
        called = called.func
    return called.attr.value if isinstance(called, cst.Attribute) else getattr(called, "value", "")


def _split(function: cst.FunctionDef, inside: list[str]) -> list[cst.FunctionDef]:
    # The class stands in the name: a class below may have a property of the same name, with a body of its own.
    body = f"_{function.name.value}_of_{'_'.join(inside)}" if inside else f"_{function.name.value}_opened"
    arguments = "self" if inside else "*args, **kwargs"
    call = f"self.{body}()" if inside else f"{body}(*args, **kwargs)"
    forwarder = cst.parse_statement(f"def {function.name.value}({arguments}):\n    return {call}\n")
    assert isinstance(forwarder, cst.FunctionDef)
    moved = function.with_changes(name=cst.Name(body), decorators=[])
    return [moved, forwarder.with_changes(decorators=function.decorators, leading_lines=[cst.EmptyLine()])]
