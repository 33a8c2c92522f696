# `make run` and `make test` need nothing before them but Python 3.11 or newer: the first of them
# sets up .venv from packaging/constraints.txt, which takes a minute or two.
#
#   PYTHON=/path/to/python3.11   which Python to build .venv with
#   TORCH_INDEX=ADDRESS          where to take torch from instead (a GPU build; see README.md)
#   JOBS=3                       how many tests run side by side: one more than cores, as some only wait

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
JOBS ?= 3
EXAMPLE ?=

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# torch spins on busy cores unless told not to, and tests run side by side.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: help run test screen lint format contracts bench soak mutants models accuracy velocity velocity-templates stitching formats papers screenshots setup clean

help:
	@echo "make run          open the window on a bundled example (without a display: predict and draw it)"
	@echo "make test         every test"
	@echo "make lint         ruff, mypy and the import contracts"
	@echo "make bench        start-up, repaint and prediction times"
	@echo "make soak         the long proofs in full, and the mutants"
	@echo "make mutants      faults put into the program one at a time: do the tests notice? (ROOM=cli, JOBS=3)"
	@echo "make models       train the bundled models again (hours; needs the grids)"
	@echo "make accuracy     docs/accuracy.md from the real spectra"
	@echo "make stitching    docs/stitching.md from simulated frames"
	@echo "make velocity     docs/velocity.md from the real spectra"
	@echo "make papers       docs/papers from folders of spectragui reproduce (PAGES=DIR)"
	@echo "make formats      docs/formats.md from the readers and the real files"
	@echo "make screenshots  docs/images from the real window"

setup: $(STAMP)

$(STAMP): pyproject.toml packaging/constraints.txt packaging/install.sh
	@sh packaging/system-packages.sh
	@PYTHON="$(PYTHON)" VENV="$(VENV)" TORCH_INDEX="$(TORCH_INDEX)" sh packaging/install.sh
	@touch $(STAMP)

run: $(STAMP)
	@BIN="$(BIN)" sh packaging/run.sh $(EXAMPLE)

# Where Python is told to keep no bytecode it is kept all the same: every worker would compile every test anew.
# A worker that dies ends the run with the name of its test: with a new one in its place pytest-xdist waits for ever.
test: $(STAMP) screen
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder \
		--max-worker-restart 0 $(PYTEST_ARGS)

# A virtual X screen for the tests that look at one; in a moment where all is there.
screen:
	@sh packaging/system-packages.sh --xvfb

lint: $(STAMP) contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	$(BIN)/python -m pytest tests/benchmarks --timeout 900 -s

soak: $(STAMP) screen
	$(BIN)/python -m pytest tests tests/soak -m "slow or not slow" --timeout 3600 $(PYTEST_ARGS)
	$(BIN)/python -m tests.mutants.run --table -n $(JOBS)

mutants: $(STAMP) screen
	$(BIN)/python -m tests.mutants.run $(ROOM) --table -n $(JOBS)

screenshots: $(STAMP)
	@BIN="$(BIN)" sh packaging/screenshots.sh docs/images

papers: $(STAMP)
	PYTHONPATH=. $(BIN)/python docs/make_papers.py $(PAGES)

# The training grids lie where SPECTRAGUI_SHARED says, else in ../shared.
SHARED = $(or $(SPECTRAGUI_SHARED),../shared)

models: $(STAMP)
	$(BIN)/python -m spectragui.training.emulator.run $(SHARED)/data/grids/optical.npz models/optical-emulator
	$(BIN)/python -m spectragui.training.emulator.run $(SHARED)/data/grids/pfs.npz models/pfs-emulator
	$(BIN)/python -m spectragui.training.emulator.run $(SHARED)/data/grids/mdwarf.npz models/mdwarf-emulator
	$(BIN)/python -m spectragui.training.emulator.run data/grids/hband_slow.npz models/hband-emulator
	$(BIN)/python -m spectragui.training.emulator.run data/grids/nir.npz models/nir-emulator
	$(BIN)/python -m spectragui.training.parameters.error_patterns $(SHARED)
	$(BIN)/python -m spectragui.training.parameters.error_patterns $(SHARED)/data/grids/mdwarf_model_error.npz models/mdwarf-emulator
	$(BIN)/spectragui train models/optical-parameters/train.toml
	$(BIN)/spectragui train models/optical-starnet/train.toml -o models/optical-starnet
	$(BIN)/spectragui train models/optical-vgg/train.toml -o models/optical-vgg
	$(BIN)/spectragui train models/optical-any-length/train.toml -o models/optical-any-length
	$(BIN)/spectragui train mdwarf-starnet-first
	$(BIN)/spectragui train models/mdwarf-starnet/train.toml -o models/mdwarf-starnet
	$(BIN)/spectragui train models/mdwarf-vgg/train.toml -o models/mdwarf-vgg
	$(BIN)/spectragui train hband-starnet-first
	$(BIN)/spectragui train models/hband-starnet/train.toml -o models/hband-starnet
	$(BIN)/spectragui train models/mdwarf-nir/train.toml -o models/mdwarf-nir
	$(BIN)/spectragui train models/mdwarf-fused/train.toml -o models/mdwarf-fused
	$(BIN)/spectragui train models/optical-cvae/train.toml -o models/optical-cvae
	$(BIN)/spectragui train models/pfs-dae/train.toml -o models/pfs-dae
	$(BIN)/spectragui train models/optical-dae/train.toml -o models/optical-dae
	$(BIN)/spectragui train models/alhambra-redshift/train.toml -o models/alhambra-redshift
	$(BIN)/spectragui train models/alhambra-stellarity/train.toml -o models/alhambra-stellarity
	$(BIN)/spectragui train models/alhambra-mass/train.toml -o models/alhambra-mass
	$(BIN)/spectragui train models/alhambra-type/train.toml -o models/alhambra-type

stitching: $(STAMP)
	$(BIN)/python docs/make_stitching.py

accuracy: $(STAMP)
	$(BIN)/python docs/make_accuracy.py

velocity: $(STAMP)
	$(BIN)/python docs/make_velocity.py

velocity-templates: $(STAMP)
	$(BIN)/python -m spectragui.training.velocity_template_sets $(SHARED)

formats: $(STAMP)
	$(BIN)/python docs/make_formats.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
