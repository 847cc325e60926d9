# What people run. The work is in .ci/; a step that has nothing to do takes no time.
.DEFAULT_GOAL := help
.PHONY: help run release dev test lint e2e fuzz bench lighthouse prepare screenshots
.NOTPARALLEL:

help: ## This list
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "make %-12s %s\n", $$1, $$2 }'

run: ## Install what is missing, build, start with demo data on http://localhost:3000
	@.ci/install run
	@.ci/release quick
	@exec .ci/serve

release: ## Build for production: target/release/tenantry, and target/site beside it
	@.ci/install run
	@.ci/release

dev: ## Start, and build and start again at every change
	@.ci/install run
	@exec .ci/dev

test: ## Everything: format, lints, unit, integration, isolation and browser tests
	@.ci/install test
	@.ci/test

lint: ## Format, clippy on both builds, queries against the schema
	@.ci/install lint
	@.ci/lint

e2e: ## Browser tests; some of them with ARGS="name --headed"
	@.ci/install test
	@.ci/islands
	@.ci/build
	@.ci/e2e $(ARGS)

fuzz: ## Try the API from its own document, longer with ARGS="--max-examples 500"
	@.ci/install test
	@.ci/build
	@.ci/fuzz $(ARGS)

bench: ## Measure the release build beside baselines
	@.ci/install bench
	@.ci/islands
	@.ci/bench $(ARGS)

lighthouse: ## Lighthouse's scores of the first pages, on a desk and on a phone
	@.ci/install lighthouse
	@.ci/release quick
	@.ci/lighthouse $(ARGS)

prepare: ## Refresh .sqlx after a change to a query or a migration
	@.ci/install lint
	@.ci/build --write

screenshots: ## Pictures of the pages, from the browser tests
	@.ci/install test
	@.ci/islands
	@.ci/build
	@.ci/e2e --grep @screenshot $(ARGS)
