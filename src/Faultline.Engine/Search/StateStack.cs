using System.Runtime.InteropServices;
using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>The states on the current path of a depth-first search, and how far each has been expanded.</summary>
internal sealed unsafe class StateStack(VectorShape shape) : IDisposable
{
    private byte* states = (byte*)NativeMemory.AlignedAlloc((nuint)(shape.Capacity * 64L), 64);
    private Cursor[] cursors = new Cursor[64];

    public int Depth { get; private set; }

    public byte* Top => states + ((long)Depth * shape.Capacity);

    /// <summary>Where the state above the top goes.</summary>
    public byte* Scratch => Top + shape.Capacity;

    public ref Cursor Cursor => ref cursors[Depth];

    /// <summary>Makes the scratch state the top.</summary>
    public void Push(uint number)
    {
        Depth++;
        if (Depth + 2 > cursors.Length)
        {
            Array.Resize(ref cursors, cursors.Length * 2);
            states = (byte*)NativeMemory.AlignedRealloc(states, (nuint)(shape.Capacity * (long)cursors.Length), 64);
        }

        cursors[Depth] = new Cursor { Number = number };
    }

    public void Pop() => Depth--;

    public void Dispose()
    {
        NativeMemory.AlignedFree(states);
        states = null;
    }
}

/// <summary>The next step to try from a state.</summary>
internal struct Cursor
{
    public int Thread;
    public int Choice;
    public uint Number;
    public bool Moved;
}
