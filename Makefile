# make demo   sets everything up and scans the example evidence, without a network
# make test   sets everything up, system packages too, and runs every check and test
# make benchmarks   measures, and writes docs/performance.md

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SUITE := .cache/rfc7208-tests.yml
OUT ?= out

.PHONY: demo test setup system format schemas benchmarks clean

setup: $(READY)

$(READY): pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON); install Python 3.11 or later, or say make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; say make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: setup
	@# One example domain has failing name servers, so its grade stays open: that is exit code 3.
	@$(BIN)/mailready scan --file examples/clients.csv --evidence examples/evidence.jsonl --missing nodata \
	    --profile auto -o $(OUT) --format html,json,csv,md || [ $$? -eq 3 ]
	@echo
	@echo "The reports of the example domains are in $(OUT)/: open $(OUT)/index.html in a browser."

system:
	@sh scripts/system-packages nsd unbound chromium postfix sasl2-bin libsasl2-modules libsasl2-modules-db iproute2 iptables

$(SUITE): $(READY) scripts/fetch_rfc7208_suite.py
	$(BIN)/python scripts/fetch_rfc7208_suite.py $@

test: setup system $(SUITE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schemas: setup
	$(BIN)/python -m rules.schema
	$(BIN)/python -m reports.schemafile
	$(BIN)/python -m scanner.submission.schemafile
	$(BIN)/python -m scanner.submission.manual
	$(BIN)/python -m scanner.submission.claims

benchmarks: setup
	@sh scripts/system-packages nsd unbound dnsperf
	$(BIN)/python benchmarks/run.py --write docs/performance.md

clean:
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis dist $(OUT)
