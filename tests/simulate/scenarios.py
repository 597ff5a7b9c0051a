"""Small scenario files."""

FINE = """
about: One car beside a kettle.
duration: 6 min
fuse: 25
house:
  base: 2
  appliances:
    - name: kettle
      amperes: [10, 0, 0]
      periods: [[3 min, 4 min]]
chargers:
  box:
    wiring: L1L2L3
    maximum: 32
cars:
  - name: zoe
    charger: box
    arrives: 30 s
    needs: 20 kWh
faults:
  - kind: meter_silent
    target: main
    at: 5 min
    until: 5 min 20 s
limits:
  - at: 2 min
    until: 3 min
    target: main
    watts: 9000
"""

AVERAGE = """
about: A car below an average power.
duration: 40 min
start: "2026-11-20 17:10"
fuse: 25
house:
  base: 2
chargers:
  box:
    wiring: L1L2L3
    maximum: 16
cars:
  - name: zoe
    charger: box
    arrives: 30 s
    needs: 20 kWh
averages:
  - {circuit: main, watts: 7000, over: 15 min}
faults:
  - {kind: meter_silent, target: main, at: 25 min, until: 26 min}
"""
"""Two whole quarter-hours, and in the second one the meter is silent for a while."""

BROKEN = """
about: Nobody measures a house that takes more than its reserve.
duration: 3 min
fuse: 16
meter: none
house:
  base: 12
chargers:
  box:
    wiring: L1L2L3
    limit: 16
cars:
  - name: zoe
    charger: box
    arrives: 30 s
    needs: 20 kWh
"""
"""Whatever a controller does that believes the reserve, this fuse is overloaded."""
