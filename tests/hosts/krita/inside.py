"""Functions that run inside Krita (their source is sent there): each imports what it needs."""


# mypy: ignore-errors


def open_document(path):
    """Open a file in a view; gives its size and colour space."""
    from krita import Krita

    document = Krita.instance().openDocument(path)
    document.setBatchmode(True)
    Krita.instance().activeWindow().addView(document)
    yield 0.5
    document.waitForDone()
    Krita.instance().setActiveDocument(document)
    yield 0.3
    return [document.width(), document.height(), document.colorModel(), document.colorDepth()]


def new_document(width, height, model="RGBA", depth="U8", profile=""):
    """An empty white document in a view."""
    from krita import Krita

    document = Krita.instance().createDocument(width, height, "new", model, depth, profile, 72.0)
    document.setBatchmode(True)
    Krita.instance().activeWindow().addView(document)
    yield 0.5
    document.waitForDone()
    Krita.instance().setActiveDocument(document)
    wanted = document.rootNode().uniqueId().toString()
    for _ in range(50):
        front = Krita.instance().activeDocument()
        if front is not None and front.rootNode().uniqueId().toString() == wanted and front.activeNode():
            return wanted
        yield 0.1
    raise RuntimeError("the document did not come to the front")


def close_documents():
    """Close everything that has a view, without questions."""
    from krita import Krita

    for view in Krita.instance().views():
        view.document().setModified(False)
        view.document().close()
        yield 0.2


def close_every_document():
    """What scripts do that tidy up; how many they were."""
    from krita import Krita

    every = Krita.instance().documents()
    for document in every:
        document.setModified(False)
        document.close()
        yield 0.2
    return len(every)


def prepared():
    """Whether the plugin's hidden document is there, beside the one that is shown."""
    from krita import Krita

    return len(Krita.instance().documents()) == 2


def close_active():
    """Close the front document without questions."""
    from krita import Krita

    document = Krita.instance().activeDocument()
    document.setModified(False)
    document.close()
    yield 0.3


def activate(name):
    """Make the layer of this name the active one."""
    from krita import Krita

    document = Krita.instance().activeDocument()
    for _ in range(50):  # Krita's list of layers learns of a new one a moment later and ignores this until then
        document.setActiveNode(document.nodeByName(name))
        yield 0.1
        if document.activeNode().name() == name:
            return True
    raise RuntimeError("the layer did not become active")


def active_layer():
    """The name of the active layer."""
    from krita import Krita

    return Krita.instance().activeDocument().activeNode().name()


def tree():
    """[name, type, blending mode, opacity, children] of every layer, from the bottom up."""
    from krita import Krita

    def show(node):
        children = [show(child) for child in node.childNodes()]
        return [node.name(), node.type(), node.blendingMode(), node.opacity(), children]

    return [show(node) for node in Krita.instance().activeDocument().topLevelNodes()]


def save(path):
    """Save the front document as .kra."""
    from krita import Krita

    document = Krita.instance().activeDocument()
    document.waitForDone()
    return document.saveAs(path)


def trigger(action, pause=0.5):
    """Press one of Krita's own actions."""
    from krita import Krita

    Krita.instance().action(action).trigger()
    yield pause
    document = Krita.instance().activeDocument()
    if document is not None:
        document.waitForDone()


def pixel(x, y):
    """What is seen there, as Krita's bytes."""
    from krita import Krita

    return list(bytes(Krita.instance().activeDocument().pixelData(x, y, 1, 1)))


def docker_state():
    """How the docker stands: the light, the chosen operation, its message and the jobs."""
    import sys

    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    studio = sys.modules["shiage.studio"].studio()
    return {
        "light": docker._light.state,
        "sentence": studio.last_status.sentence,
        "operation": docker._chooser.currentData(),
        "operations": [operation.id for operation in studio.known],
        "message": docker._message.text(),
        "enabled": docker._run.isEnabled(),
        "jobs": [[job.operation_id, job.state, job.sentence, job.progress, job.id] for job in studio.jobs],
        "previews": [job.preview is not None for job in studio.jobs],
        "undo": Krita.instance().action("edit_undo").text(),
    }


def ready():
    """Whether the docker can run something."""
    import sys

    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    studio = sys.modules["shiage.studio"].studio()
    return docker._light.state == "ready" and docker._run.isEnabled() and bool(studio.known)


def ended(count):
    """The state of the newest job, once there are ``count`` jobs in all and none is under way; else None."""
    import sys

    jobs = sys.modules["shiage.studio"].studio().jobs
    if len(jobs) < count or any(job.under_way for job in jobs):
        return None
    return [jobs[0].state, jobs[0].sentence]


def newest():
    """State, sentence and progress of the newest job."""
    import sys

    jobs = sys.modules["shiage.studio"].studio().jobs
    return [jobs[0].state, jobs[0].sentence, jobs[0].progress] if jobs else ["", "", 0.0]


def count_jobs():
    """How many jobs there are."""
    import sys

    return len(sys.modules["shiage.studio"].studio().jobs)


def forget_jobs():
    """Take the ended jobs off the list: it keeps a number of them only, and tests count them."""
    import sys

    studio = sys.modules["shiage.studio"].studio()
    studio.jobs[:] = [job for job in studio.jobs if job.under_way]
    studio.changed.emit(None)


def choose_operation(name):
    """Choose an operation in the docker."""
    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    found = docker.choose(name)
    docker._refresh()
    yield 0.2
    return found


def choices(port):
    """The labels that the picker of ``port`` offers."""
    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    docker._refresh()
    picker = docker._form._rows[port]._pickers[-1]
    return [picker.itemText(place) for place in range(picker.count())]


def choose_source(port, label, place=-1):
    """Choose by its label what goes into ``port``."""
    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    docker._refresh()
    picker = docker._form._rows[port]._pickers[place]
    at = picker.findText(label)
    assert at >= 0, [picker.itemText(i) for i in range(picker.count())]
    picker.setCurrentIndex(at)
    picker.activated.emit(at)
    yield 0.1


def set_parameter(name, value):
    """Put a value into a parameter's widget."""
    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    docker._form._fields[name].set_value(value)
    yield 0.1
    return docker._form.parameters()


def parameters():
    """What the docker would send."""
    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    return docker._form.parameters()


def check(name, on):
    """Set a check box of the docker."""
    from krita import Krita
    from PyQt5.QtWidgets import QCheckBox

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    docker.findChild(QCheckBox, name).setChecked(on)


def centre(name):
    """Where a widget of the docker is on the screen."""
    from krita import Krita
    from PyQt5.QtWidgets import QWidget

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    docker.show()
    docker.raise_()
    yield 0.2
    widget = docker.findChild(QWidget, name)
    point = widget.mapToGlobal(widget.rect().center())
    return [point.x(), point.y()]


def select(x, y, width, height):
    """Select a rectangle; nothing where the width is 0."""
    from krita import Krita, Selection

    document = Krita.instance().activeDocument()
    selection = None
    if width:
        selection = Selection()
        selection.select(x, y, width, height, 255)
    yield 0.2
    document.setSelection(selection)
    yield 0.3


def ports():
    """The names of the operation's inputs."""
    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    return [port.name for port in docker._form.operation.inputs]
