"""Grease Pencil behind one small interface, whichever of its two kinds this Blender has.

``strokes`` is the module for this Blender: :mod:`.legacy` (up to 4.2) or :mod:`.version3` (4.3 and later). Both have:

``OBJECT_TYPE``                             what ``object.type`` is
``layer_name(layer)``                       its name
``hidden(layer)``, ``locked(layer)``        whether it, or a group that it is in, is hidden or locked
``layer_transform(layer)``                  (4, 4) to the object's space
``follow(layer, other)``                    hang a new layer on what ``other`` hangs on
``key_type(frame)``, ``keys(layer)``        what a key is; {frame number: key}
``read(key, layer_index, data, with_weights)``  the strokes of one key of one layer, with vertex groups' weights or not
``selected(key)``                           (points,) which of them the artist has selected
``select(key, points)``                     select these points and no others
``write(data, layer, number, drawing)``     put the strokes on a new key
``remove(layer, number)``                   take a key away
``move(layer, number, to)``                 move a key
``new_data(name)``                          an empty data-block
"""

import bpy

if bpy.app.version >= (4, 3, 0):
    from . import version3 as strokes
else:
    from . import legacy as strokes

__all__ = ["strokes"]
