"""Runs a batch's frames on the daemon's kind of workers, and writes each result whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing

from ..errors import BadInput, NotFound, describe
from ..jobs import House
from ..jobs.desk import hashes_of
from ..jobs.engine import Assignment
from ..jobs.engines import engine_for_batch
from ..jobs.spool import Spool
from ..v1 import values_pb2
from ._engine import Ears, Kept, News, Over, Took
from ._scratch import scratch
from ._tasks import Task, Tasks
from ._writing import Shelf, Writer, Written, files_of, wanted_of
from .asked import Asked
from .claims import check_unclaimed, work_of
from .journal import Journal
from .leavings import clear
from .parts import State
from .sources import FrameSource
from .tally import Event, Tally

# A frame whose worker dies is begun a second time; the frame may be what kills it.
TRIES = 2


def run_batch(
    asked: Asked,
    frames: Sequence[FrameSource],
    *,
    workers: int = 2,
    engine: str = "local",
    tell: Callable[[Event], None] = lambda event: None,
) -> list[Event]:
    """Do what is asked with these frames; what became of each.

    ``engine``: ``local``, ``ray`` or ``ray=ADDRESS``. A frame that the journal in the destination has as done is
    skipped. One that fails is told and the rest goes on. BadInput where results of another source lie there.
    """
    with Runner(asked, workers=workers, engine=engine) as runner:
        runner.check(frames)
        return runner.run(frames, tell)


class Runner:
    """A batch whose frames come in several rounds: its workers stay between them. See :func:`run_batch`.

    The destination is its own from the beginning of the ``with`` block to its end.
    """

    def __init__(self, asked: Asked, *, workers: int = 2, engine: str = "local") -> None:
        self._asked = asked
        self._workers, self._engine = workers, engine
        self._open = ExitStack()
        self.taken_away: list[str] = []
        """Files of earlier runs that the last round put others in the place of, under other names."""

    def __enter__(self) -> Runner:
        out, spec = self._asked.out, self._asked.spec
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = "it is a link that leads nowhere" if out.is_symlink() else error.strerror
            raise BadInput(f"can't be made: {reason}.", where=str(out), hint="Name another folder.") from error
        with ExitStack() as opening:
            self._journal = opening.enter_context(closing(Journal(out, self._asked.part)))
            house = House.at(opening.enter_context(scratch()))
            self._spool = Spool(house.spool)
            self._shelf = Shelf(self._spool)
            one_at_a_time = spec.accelerator or (self._asked.takes_shot and not self._asked.in_stretches)
            self._kept = Kept(engine_for_batch(self._engine, house, self._workers, spec.id, together=not one_at_a_time))
            opening.callback(self._kept.end)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def check(self, frames: Sequence[FrameSource]) -> None:
        """BadInput where results of another source lie where those of ``frames`` would go."""
        check_unclaimed(self._asked, frames, self._journal)

    def run(self, frames: Sequence[FrameSource], tell: Callable[[Event], None] = lambda event: None) -> list[Event]:
        """One round; what became of each frame, in the order in which they ended."""
        tally = Tally(len(frames), tell)
        tasks = Tasks(self._asked, self._journal, self._shelf, self._spool, tally)
        ears = Ears()
        # One keeps two workers' results away: encoding takes a third of what most operations do.
        writer = Writer(self._asked, self._spool, self._journal, max(1, self._workers // 2), ears.heard.put)
        with closing(writer):
            _Round(self._asked, tasks, tally, self._shelf, writer, ears).run(
                tasks.of(work_of(self._asked, frames)), self._kept
            )
        if self._asked.takes_shot:
            self.taken_away = clear(self._asked, frames, self._journal, tally)
        return tally.events


class _Round:
    """Tasks to workers, what these make to the writer, and what became of it to the tally."""

    def __init__(self, asked: Asked, tasks: Tasks, tally: Tally, shelf: Shelf, writer: Writer, ears: Ears) -> None:
        self._spec, self._outputs = asked.spec, asked.outputs
        self._tasks, self._tally, self._shelf, self._writer, self._ears = tasks, tally, shelf, writer, ears
        self._writing: dict[str, Task] = {}
        self._running: dict[str, Task] = {}
        self._again: list[Task] = []

    def run(self, waiting: Iterator[Task], engine: Kept) -> None:
        """All of them, to the last one's end."""
        first = next(waiting, None)
        if first is None:
            return
        engine.start(self._ears)
        self._again.append(first)
        while True:
            self._hand_out(engine, waiting)
            if self._tally.is_full:
                return
            # While all are at work: the next frame is read, so that nobody waits for it.
            if not self._again and self._ears.heard.empty() and (task := next(waiting, None)) is not None:
                self._again.append(task)
                continue
            self._hear(self._ears.heard.get())

    def _hand_out(self, engine: Kept, waiting: Iterator[Task]) -> None:
        for slot in engine.idle():
            # The accelerator's owner alone runs networks.
            if self._spec.accelerator and not slot.accelerator:
                continue
            task = self._next(waiting)
            if task is None:
                return
            task.tries += 1
            self._running[task.key] = task
            wanted = wanted_of(self._spec, self._outputs, task.frame)
            engine.begin(slot, Assignment(task.key, task.tries, task.request, files_of(wanted, task.frame)))

    def _next(self, waiting: Iterator[Task]) -> Task | None:
        """The next one for a worker; what needs none is written. None while as many as may are on their way."""
        while len(self._running) + len(self._writing) < self._writer.most:
            task = self._again.pop() if self._again else next(waiting, None)
            if task is None or task.request:
                return task
            self._write(task, {})
        return None

    def _hear(self, news: News) -> None:
        if isinstance(news, Written):
            self._written(news)
        elif isinstance(news, tuple):
            if task := self._running.get(news[0]):
                task.warnings.append(news[1])
        elif news is not None and (task := self._running.get(news.job)) and task.tries == news.attempt:
            if isinstance(news, Took):
                task.seconds = news.seconds
            else:
                self._ran(self._running.pop(news.job), news)

    def _ran(self, task: Task, news: Over) -> None:
        if news.returned:
            task.tries -= 1
            self._again.append(task)
        elif news.lost and task.tries < TRIES:
            self._again.append(task)
        elif news.outputs is None:
            self._over(task, "failed", error=str(news.error))
        else:
            task.blobs.extend(hashes_of(news.outputs.values()))
            self._shelf.need(task.blobs[task.given :])
            self._write(task, news.outputs)

    def _write(self, task: Task, outputs: Mapping[str, values_pb2.Values]) -> None:
        self._writing[task.key] = task
        self._writer.write(task.frame, self._tasks.note(task), outputs, task.source)

    def _written(self, news: Written) -> None:
        task = self._writing.pop(news.key)
        if isinstance(news.error, NotFound) and task.tries <= TRIES:
            # Its result was another's, which is gone: see Shelf.
            self._shelf.done_with(task.blobs[task.given :])
            del task.blobs[task.given :]
            self._again.append(task)
        elif news.error is not None:
            self._over(task, "failed", error=str(describe(news.error)))
        else:
            task.seconds += news.seconds
            task.warnings.extend(f"What was there and no batch wrote lies in {name} now." for name in news.aside)
            self._over(task, "done", files=news.files)

    def _over(self, task: Task, state: State, *, files: tuple[str, ...] = (), error: str = "") -> None:
        self._shelf.done_with(task.blobs)
        warnings = tuple(dict.fromkeys(task.warnings))
        self._tally.over(task.frame, state, files=files, error=error, warnings=warnings, seconds=task.seconds)
