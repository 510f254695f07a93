"""A process that does a job, and that is killed at the point that the job names. Usage: ``worker.py JOB``."""

from __future__ import annotations

import sys

from job import Job
from points import Points, install, shift_clock


def main(job: Job) -> int:
    if job.clock_shift:
        shift_clock(job.clock_shift)
    points = Points(job.point)
    install(points)
    from work import do

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    return do(job, points)


if __name__ == "__main__":
    sys.exit(main(Job.from_json(sys.argv[1])))
