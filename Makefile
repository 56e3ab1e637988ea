# Presence Hub. `make help` lists the targets.
.DEFAULT_GOAL := help
.PHONY: setup build release test lint format check check-deploy bench load count run demo autobahn documents clean help

ARGS ?=

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the system packages that are missing
	@./scripts/setup.sh

build: setup ## Build everything for debugging
	swift build --build-tests

release: setup ## Build the programs: .build/release/hubd, hubctl, EchoServer
	swift build -c release

test: setup ## Set up and run what CI runs: `make check` with fewer tests under the sanitizers
	@SANITIZE=some ./scripts/check.sh

lint: ## Check the format
	@./scripts/lint.sh

format: ## Format every Swift file
	swift format --in-place --parallel --recursive Package.swift $(wildcard Sources Plugins Tests clients Examples Fuzz Benchmarks)

check: setup ## Format, build, imports and tests, plain and under both sanitizers (SANITIZE=none: plain alone)
	@./scripts/check.sh

check-deploy: setup ## Check what deploys the hub: manifests, compose files, Dockerfile, units (ARGS=--image builds too)
	@./scripts/check-deploy.sh $(ARGS)

bench: ## Compare the hub with other servers and write docs/benchmarks.md (ARGS=--quick, ARGS=--help)
	@python3 Benchmarks/Peers/run.py $(ARGS)

load: ## Put load on a hub of this build (ARGS for hubctl bench, or --scenario NAME and ARGS for hubctl load)
	@./scripts/load.sh $(ARGS)

count: ## Count the instructions and allocations of a location, and compare (ARGS=--update to keep them)
	@./scripts/count.sh $(ARGS)

run: release ## Run the hub alone (ARGS="--server-port 9000")
	.build/release/hubd serve $(ARGS)

demo: ## Set up, build, and watch twenty people move (ARGS="--tracks DIR")
	@./scripts/demo.sh $(ARGS)

autobahn: setup ## Run the Autobahn suite against EchoServer (ARGS="1 2 7" for some of its groups)
	@./scripts/autobahn.sh $(ARGS)

documents: ## Write config/default.toml, .env.example, the settings' table and the stream's document as JSON anew
	python3 scripts/asyncapi-json.py
	UPDATE_DOCUMENTS=1 swift test --filter SettingDocumentTests

clean: ## Remove what was built
	rm -rf .build
