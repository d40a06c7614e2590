using System.Runtime.InteropServices;
using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>A stack of states that wait to be expanded: live bytes only, in one piece of memory.</summary>
internal sealed unsafe class PackedStates(VectorShape shape) : IDisposable
{
    private byte* bytes;
    private long capacity;
    private long used;

    /// <summary>Number of states.</summary>
    public long Count { get; private set; }

    public void Push(byte* vector, in WaitingState state)
    {
        int packed = shape.PackedBytes(vector);
        long end = used + packed + sizeof(WaitingState);
        if (end > capacity)
        {
            capacity = Math.Max(end, Math.Max(capacity * 2, 1 << 16));
            bytes = (byte*)NativeMemory.Realloc(bytes, (nuint)capacity);
        }

        shape.Pack(vector, bytes + used);
        *(WaitingState*)(bytes + used + packed) = state with { PackedBytes = packed };
        used = end;
        Count++;
    }

    public bool TryPop(byte* vector, out WaitingState state)
    {
        if (Count == 0)
        {
            state = default;
            return false;
        }

        used -= sizeof(WaitingState);
        state = *(WaitingState*)(bytes + used);
        used -= state.PackedBytes;
        shape.Unpack(bytes + used, vector);
        Count--;
        return true;
    }

    public void Dispose() => NativeMemory.Free(bytes);
}

/// <summary>What goes with a waiting state.</summary>
internal record struct WaitingState(ulong Key, uint Number, int Steps, int LastThread, bool Deferred)
{
    public int PackedBytes;
}
