# Two commands: `make demo` and `make test`. Each sets up what it needs.
VENV := .venv
PY := $(VENV)/bin/python
export OMP_WAIT_POLICY = PASSIVE

.PHONY: help setup demo test lint bench docs protos hosts clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/ready ## Build .venv with shiage in it

$(VENV)/ready: pyproject.toml constraints.txt tools/setup.sh
	tools/setup.sh $(VENV)

demo: setup ## Colour the sketches from their designs; writes demo/index.html and demo/sheet.png
	$(PY) -m tools.demo

test: setup lint ## Lint, types, every test that this machine can run; SHIAGE_HOSTS=0 leaves Krita and Blender out
	tools/host_packages.sh
	$(PY) -m pytest -n 2 --dist loadgroup tests/unit
	$(PY) -m pytest -n 2 --dist loadgroup tests/service tests/hosts/blender
	$(PY) -m pytest tests/hosts/krita

hosts: setup ## The tests in a real Krita and real Blenders alone, and what the plugin costs Krita
	tools/host_packages.sh
	SHIAGE_HOSTS=all $(PY) -m pytest tests/hosts

lint: setup ## ruff, mypy --strict, the one import direction, generated files up to date
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) tools/generate_protos.py --check

bench: setup ## Speed as ratios measured side by side, and memory
	$(PY) -m tools.bench

docs: setup ## Write the reference page from the registry
	$(PY) tools/generate_reference.py

protos: setup ## Generate daemon/shiage/v1 from protos/
	$(PY) tools/generate_protos.py

clean: ## Remove what make built
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
