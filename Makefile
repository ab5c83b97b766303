# make quickstart   from a fresh machine to a migrated sample database
# make test         everything that CI checks
# make soak         10,000 schedules of writes, refreshes and troubles; schedules=N plays so many
# make bench        measurements beside other tools; only=NAME runs some
# make format       the one way the code is laid out

.PHONY: quickstart test soak bench build release format lint setup clean

setup:
	@.ci/setup

build: setup
	swift build

release: setup
	swift build -c release --product scmplan

quickstart: release
	@examples/quickstart/run "$$(swift build -c release --show-bin-path)/scmplan" "$(CURDIR)/.build/quickstart"

test: setup
	@.ci/test

soak: setup
	@SCMPLAN_SCHEDULES=$(or $(schedules),10000) SWIFT_BACKTRACE=enable=no swift test --filter ScheduleTests.ScheduleTests

bench: release
	@.ci/bench $(only)

format: setup
	swift format -i -r Sources Tests Package.swift

lint: setup
	swift format lint --strict -r Sources Tests Package.swift

clean:
	rm -rf .build .deps
