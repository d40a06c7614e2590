using System.Runtime.InteropServices;
using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>The states on the current path of a walk, and how far each has been expanded.</summary>
internal sealed unsafe class WalkStack(VectorShape shape) : IDisposable
{
    private byte* states = (byte*)NativeMemory.AlignedAlloc((nuint)(shape.Capacity * 64L), 64);
    private WalkCursor[] cursors = new WalkCursor[64];

    public int Depth { get; private set; }

    public byte* Top => states + ((long)Depth * shape.Capacity);

    /// <summary>Where the state above the top goes.</summary>
    public byte* Scratch => Top + shape.Capacity;

    public ref WalkCursor Cursor => ref cursors[Depth];

    /// <summary>Makes the scratch state the top.</summary>
    public void Push()
    {
        Depth++;
        if (Depth + 2 > cursors.Length)
        {
            Array.Resize(ref cursors, cursors.Length * 2);
            states = (byte*)NativeMemory.AlignedRealloc(states, (nuint)(shape.Capacity * (long)cursors.Length), 64);
        }

        cursors[Depth] = default;
    }

    public void Pop() => Depth--;

    public void Dispose()
    {
        NativeMemory.AlignedFree(states);
        states = null;
    }
}

/// <summary>The next step to try from a state.</summary>
internal struct WalkCursor
{
    public int Thread;
    public int Choice;
}
