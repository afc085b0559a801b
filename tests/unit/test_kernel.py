"""Pixel loops are compiled, with a place for numba's cache and without one."""

from __future__ import annotations

from shiage.craft.kernel import fast_kernel, kernel

SOURCE = "def total(n):\n    s = 0\n    for i in range(n):\n        s += i\n    return s\n"


def test_a_function_whose_file_has_no_place_for_a_cache_is_compiled_all_the_same() -> None:
    names: dict[str, object] = {}
    exec(compile(SOURCE, "<nowhere>", "exec"), names)
    for compiler in (kernel, fast_kernel):
        compiled = compiler(names["total"])  # type: ignore[arg-type]
        assert compiled(5) == 10  # type: ignore[operator]
        assert compiled.signatures, "it was compiled, not interpreted"  # type: ignore[attr-defined]
