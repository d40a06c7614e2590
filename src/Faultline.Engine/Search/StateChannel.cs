using System.Runtime.InteropServices;

namespace Faultline.Engine.Search;

/// <summary>
/// States on their way from the worker that found them to the one that is to expand them. One puts, one takes. They are copied, so that the
/// memory of each worker's pool stays its own, and near its processor.
/// </summary>
/// <param name="stateBytes">Bytes of a state, a multiple of <see cref="StatePool.Alignment"/>.</param>
internal sealed unsafe class StateChannel(int stateBytes) : IDisposable
{
    private const uint Size = 256; // a power of two
    private readonly nuint stride = (nuint)(StatePool.NoteBytes + stateBytes);
    private readonly byte* states = (byte*)NativeMemory.AlignedAlloc(Size * (nuint)(StatePool.NoteBytes + stateBytes), 64);
    private readonly Ends* ends = Ends.Allocate();

    /// <summary>Is nothing to be taken?</summary>
    public bool IsEmpty => Volatile.Read(ref ends->Sent) == Volatile.Read(ref ends->Taken);

    /// <summary>States put and not taken.</summary>
    public int Count => (int)(ends->Newest - Volatile.Read(ref ends->Taken));

    /// <summary>Puts a copy of a state and of what is known of it; false when there is no room.</summary>
    public bool TryPut(byte* state)
    {
        if (ends->Newest - ends->TakenThen == Size)
        {
            ends->TakenThen = Volatile.Read(ref ends->Taken);
            if (ends->Newest - ends->TakenThen == Size)
            {
                return false;
            }
        }

        StatePool.Copy(state, PlaceOf(ends->Newest++), stateBytes);
        return true;
    }

    /// <summary>Lets the other side take what was put.</summary>
    public void Send()
    {
        if (ends->Sent != ends->Newest)
        {
            Volatile.Write(ref ends->Sent, ends->Newest);
        }
    }

    /// <summary>Takes what was sent.</summary>
    public void Take(StatePool pool, StateStack into)
    {
        uint sent = Volatile.Read(ref ends->Sent), taken = ends->Taken;
        if (taken == sent)
        {
            return;
        }

        for (; taken != sent; taken++)
        {
            byte* state = pool.Take();
            StatePool.Copy(PlaceOf(taken), state, stateBytes);
            into.Push(state);
        }

        Volatile.Write(ref ends->Taken, taken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(states);
        NativeMemory.AlignedFree(ends);
    }

    private byte* PlaceOf(uint number) => states + ((number % Size) * stride) + StatePool.NoteBytes;

    /// <summary>Where each side is, in cache lines of their own. The numbers go on from 0 after their last value.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Ends
    {
        [FieldOffset(0)]
        public uint Newest; // put

        [FieldOffset(4)]
        public uint TakenThen; // as the one that puts has seen it last

        [FieldOffset(128)]
        public uint Sent;

        [FieldOffset(256)]
        public uint Taken;

        public static Ends* Allocate()
        {
            var ends = (Ends*)NativeMemory.AlignedAlloc((nuint)sizeof(Ends), 128);
            *ends = default;
            return ends;
        }
    }
}
