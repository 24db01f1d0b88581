# Everyday commands. `./run NAME` sets .venv up first; with .venv in place, `just NAME` is the same.

export PATH := justfile_directory() / ".venv/bin" + ":" + env("PATH")
compile := "uv pip compile --quiet --no-header --universal --generate-hashes --python-version 3.11"
bounds := "requirements/.bounds.txt"

[private]
default:
    @just --list --unsorted

# Make .venv with everything that the program and its tests need
setup:
    ./run setup

# Add WhisperX with torch to .venv, about 8 GB
whisperx:
    ./run whisperx

# Start the whole platform on this machine, data in REELSCRIBE_HOME (Ctrl-C stops it)
[positional-arguments]
up *args:
    reelscribe up "$@"

# Transcribe one recording through the whole platform, then stop it again (default: the sample lecture)
[positional-arguments]
demo *args:
    reelscribe demo "$@"

# Bring the database of REELSCRIBE_DATABASE_URL up to date
migrate:
    reelscribe migrate

# Lint, types and all tests: what CI runs
test: lint types test-quick test-slow test-browser

# The same as test, under its other name
check: test

# Only the tests of a few seconds, two at a time (for example: just test-quick tests/platform/domain)
[positional-arguments]
test-quick *args:
    python -m pytest -n 2 --dist loadfile -m "not slow and not browser and not chaos" "$@"

# Only the tests that take long, two at a time: real models, rendered clips, killed processes and servers
[positional-arguments]
test-slow *args:
    python -m pytest -n 2 --dist loadfile -m "(slow or chaos) and not browser" "$@"

# Only the tests in a browser, which want the machine for themselves
[positional-arguments]
test-browser *args:
    python -m pytest -m browser "$@"

# The tests of WhisperX, which must be installed: ./run test-whisperx does both
[positional-arguments]
test-whisperx *args:
    REELSCRIBE_REQUIRE_WHISPERX=1 python -m pytest -n 2 --dist loadfile -m whisperx "$@"

# Do jobs while workers, servers and the storage break, then check every row (for example: just chaos --jobs 40 --seed 7, --kind clips, or --long)
[positional-arguments]
chaos *args:
    python -m tests.chaos "$@"

# Formatting, lint rules and the layers between the packages
lint:
    ruff format --check .
    ruff check .
    lint-imports --no-cache

# Static types, strict on src
types:
    mypy

# Format the code and mend what the linter can mend
format:
    ruff format .
    ruff check --fix .

# Measure speed and memory against their targets (all, or one: just bench submit)
[positional-arguments]
bench *args:
    python -m benchmarks "$@"

# Recompile the pinned requirements; one resolution of all extras and tools bounds every file, so that they go together
pin:
    {{ compile }} requirements/uv.in -o requirements/uv.txt
    {{ compile }} requirements/build.in -o requirements/build.txt
    {{ compile }} pyproject.toml --all-extras --group dev -o {{ bounds }}
    {{ compile }} pyproject.toml -c {{ bounds }} -o requirements/base.txt
    {{ compile }} pyproject.toml --group dev -c {{ bounds }} -o requirements/dev.txt
    {{ compile }} pyproject.toml --all-extras -c {{ bounds }} -o requirements/whisperx.txt
    {{ compile }} requirements/bench.in -c requirements/base.txt -o requirements/bench.txt
    rm {{ bounds }}
