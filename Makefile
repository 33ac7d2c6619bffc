# `make` alone says what there is.
.DEFAULT_GOAL := help
.PHONY: help run build test faults three-hosts lint check-deploy api-types screenshots bench bench-replay bench-search bench-import rust

TARGET := $(or $(CARGO_TARGET_DIR),target)
BOTICA := $(TARGET)/release/botica

help: ## say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build Botica and start it with a small demonstration hospital on http://localhost:8000
	$(BOTICA) serve --demo --data-dir data/demo

build: rust ## build the program: target/release/botica
	cargo build --release -p botica

test: rust ## run every test that this machine has the services for
	scripts/test

faults: rust ## inject every fault and see that nothing is lost; HOURS=n goes on with new storms
	scripts/faults

three-hosts: rust ## a host for each service and a balancer, on a network made for it (as root): cut, healed, restarted
	@scripts/need nextest
	cargo nextest run --workspace -E 'test(/^three_hosts::/)'

lint: rust ## check format, warnings and licences
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	scripts/licences

check-deploy: ## hold everything under deploy/ against what will read it
	scripts/check-deploy

bench: rust ## measure Botica beside what others would use (a quarter of an hour)
	cargo build --release -p botica -p bench
	$(TARGET)/release/measure $(ARGS)

bench-replay: rust ## play a hospital's day back against a running Botica
	cargo run --release -p bench --bin replay -- $(ARGS)

bench-search: rust build ## measure searches in a catalogue of 31,000 medications
	cargo run --release -p bench --bin search -- $(ARGS)

bench-import: rust build ## measure the import of ANVISA's register on both databases, and kill one
	cargo run --release -p bench --bin import -- $(ARGS)

api-types: rust ## make the web app's types of the API anew
	cargo build -p botica
	scripts/api-types $(TARGET)/debug/botica

screenshots: build ## picture every screen of the web app: web/screenshots
	BOTICA=$(realpath $(BOTICA)) npm --prefix web run screenshots

rust:
	@scripts/need rust

# The web app's files are embedded in the program, so they are built before it.
ifneq ($(wildcard web/package.json),)
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*')

build bench test faults three-hosts lint: web/dist/index.html

lint: lint-web

.PHONY: lint-web
lint-web: web/node_modules/.package-lock.json
	npm --prefix web run lint

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@scripts/need node
	npm --prefix web ci
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	npm --prefix web run build
	@touch $@
endif
