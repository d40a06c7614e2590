using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Faultline.Engine.Search;

/// <summary>What a search knows of a state that waits to be expanded. Lies before the state.</summary>
internal struct StateNote
{
    /// <summary>The state's fingerprint.</summary>
    public ulong Fingerprint;

    /// <summary>Its number, where states are numbered.</summary>
    public uint Number;

    /// <summary>Steps by which it was reached first.</summary>
    public int Depth;

    /// <summary>How many states differ from it only by which of equal threads is which, itself included; where they are looked for.</summary>
    public int Arrangements;

    /// <summary>Who needs it still: its expansion, and each step from it that is not looked up.</summary>
    public int Users;
}

/// <summary>
/// Memory for states that wait to be expanded. A worker takes and gives back places; those of states that another worker gave it may
/// come from that one's pool, so pools are freed together, after the search.
/// </summary>
/// <param name="stateBytes">Bytes of a state.</param>
internal sealed unsafe class StatePool(int stateBytes) : IDisposable
{
    /// <summary>States are aligned to so many bytes.</summary>
    public const int Alignment = 32;

    /// <summary>Bytes before a state for what is known of it.</summary>
    public const int NoteBytes = Alignment;

    private const int PerChunk = 128;
    private readonly long stride = (NoteBytes + stateBytes + Alignment - 1) & ~(Alignment - 1L);
    private readonly List<nint> chunks = [];
    private byte** free = (byte**)NativeMemory.Alloc(PerChunk, (nuint)sizeof(byte*));
    private int freeCount;
    private int freeCapacity = PerChunk;

    /// <summary>Bytes allocated.</summary>
    public long Bytes => chunks.Count * stride * PerChunk;

    /// <summary>What is known of a state.</summary>
    public static StateNote* NoteOf(byte* state) => (StateNote*)(state - NoteBytes);

    /// <summary>Copies a state and what is known of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(byte* from, byte* to, int stateBytes)
    {
        for (int at = -NoteBytes; at < stateBytes; at += Alignment)
        {
            Vector256.LoadAligned(from + at).StoreAligned(to + at);
        }
    }

    /// <summary>A place for one state.</summary>
    public byte* Take()
    {
        if (freeCount == 0)
        {
            AddChunk();
        }

        return free[--freeCount];
    }

    /// <summary>Gives a place back.</summary>
    public void Give(byte* state)
    {
        if (freeCount == freeCapacity)
        {
            Enlarge();
        }

        free[freeCount++] = state;
    }

    /// <summary>One that needed a state does so no longer: gives back its place if nobody else does.</summary>
    public void LetGo(byte* state)
    {
        if (--NoteOf(state)->Users == 0)
        {
            Give(state);
        }
    }

    /// <summary>One that needed each of these states does so no longer: gives back the places of those that nobody needs.</summary>
    public void LetGo(PendingStep* steps, int count)
    {
        while (freeCount + count > freeCapacity)
        {
            Enlarge();
        }

        for (int i = 0; i < count; i++)
        {
            byte* state = steps[i].From;
            int users = --NoteOf(state)->Users;
            free[freeCount] = state; // and stays there if nobody needs it: no branch that could not be guessed
            freeCount += users == 0 ? 1 : 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (nint chunk in chunks)
        {
            NativeMemory.AlignedFree((void*)chunk);
        }

        chunks.Clear();
        NativeMemory.Free(free);
        free = null;
    }

    private void Enlarge()
    {
        freeCapacity *= 2;
        free = (byte**)NativeMemory.Realloc(free, (nuint)(freeCapacity * sizeof(byte*)));
    }

    private void AddChunk()
    {
        byte* chunk = (byte*)NativeMemory.AlignedAlloc((nuint)(stride * PerChunk), 64);
        chunks.Add((nint)chunk);
        for (int i = PerChunk - 1; i >= 0; i--)
        {
            Give(chunk + (i * stride) + NoteBytes);
        }
    }
}

/// <summary>States that wait, last in first out.</summary>
internal sealed unsafe class StateStack : IDisposable
{
    private byte** states = (byte**)NativeMemory.Alloc(64, (nuint)sizeof(byte*));
    private int capacity = 64;

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>One of them, the oldest first.</summary>
    public byte* this[int index] => states[index];

    /// <summary>Puts one on top.</summary>
    public void Push(nint state) => Push((byte*)state);

    /// <summary>Puts one on top.</summary>
    public void Push(byte* state)
    {
        if (Count == capacity)
        {
            capacity *= 2;
            states = (byte**)NativeMemory.Realloc(states, (nuint)(capacity * sizeof(byte*)));
        }

        states[Count++] = state;
    }

    /// <summary>Takes the top one.</summary>
    public byte* Pop() => states[--Count];

    /// <summary>Takes the oldest ones out.</summary>
    /// <param name="count">How many.</param>
    /// <param name="to">Gets them.</param>
    public void MoveOldest(int count, List<nint> to)
    {
        for (int i = 0; i < count; i++)
        {
            to.Add((nint)states[i]);
        }

        Count -= count;
        Buffer.MemoryCopy(states + count, states, capacity * sizeof(byte*), Count * sizeof(byte*));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(states);
        states = null;
    }
}
