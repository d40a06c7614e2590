using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Faultline.Engine.Search;

/// <summary>
/// Steps taken that led to states not looked up yet. They are looked up together, so that memory is asked for many places at once and the
/// processor need not guess which states are new.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LookupBatch
{
    /// <summary>Steps in a batch at most: a bit each in <see cref="IsNew"/>.</summary>
    public const int Size = 64;

    /// <summary>See <see cref="Turn"/>.</summary>
    public const int Answered = -1;

    /// <summary>
    /// Where it goes from one worker to another: whose turn it is. 0: of the one that fills it; the number of steps: of who answers;
    /// <see cref="Answered"/>: of the one that asked, again. The other looks at this often: what is written often lies in another cache line.
    /// </summary>
    public int Turn;

    /// <summary>A bit for each: it led to a state that nobody had seen.</summary>
    public ulong IsNew;

    private fixed ulong rest[6]; // of the cache line

    /// <summary>Steps in it.</summary>
    public int Count;

    /// <summary>A bit for each: the state it led to is made already.</summary>
    public ulong IsMade;

    private fixed ulong others[6]; // of this one

    /// <summary>Fingerprints of the states that they led to.</summary>
    public fixed ulong Fingerprints[Size];

    /// <summary>The same, for another worker to read: written together, since each cache line must first come back from there.</summary>
    public fixed ulong Asked[Size];

    /// <summary>Numbers of these states, where states are numbered.</summary>
    public fixed uint Numbers[Size];

    private fixed ulong steps[Size * 3]; // of PendingStep

    /// <summary>The steps.</summary>
    public static PendingStep* StepsOf(LookupBatch* batch) => (PendingStep*)batch->steps;

    /// <summary>Memory for some batches, at a cache line's beginning.</summary>
    public static LookupBatch* Allocate(int count)
    {
        nuint bytes = (nuint)(count * sizeof(LookupBatch));
        void* batches = NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(batches, bytes);
        return (LookupBatch*)batches;
    }

    /// <summary>Adds a step; true when the batch is then full.</summary>
    /// <param name="batch">Not full.</param>
    /// <param name="from">The state that it was taken from.</param>
    /// <param name="step">What it changed; null: the state that it led to is made.</param>
    /// <param name="made">The state it led to; null: not made.</param>
    /// <param name="fingerprint">Its fingerprint.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Add(LookupBatch* batch, byte* from, CachedStep* step, byte* made, ulong fingerprint)
    {
        int at = batch->Count++;
        PendingStep* next = StepsOf(batch) + at;
        next->From = from;
        next->Step = step;
        batch->Fingerprints[at] = fingerprint;
        if (made != null)
        {
            next->Made = made;
            batch->IsMade |= 1UL << at;
        }

        return at == Size - 1;
    }

    /// <summary>Copies all fingerprints to where another worker reads them.</summary>
    public static void CopyFingerprints(LookupBatch* batch)
    {
        for (int i = 0; i < Size; i += Vector512<ulong>.Count)
        {
            Vector512.LoadAligned(batch->Fingerprints + i).StoreAligned(batch->Asked + i);
        }
    }

    /// <summary>Takes the first steps out.</summary>
    public static void RemoveFirst(LookupBatch* batch, int count)
    {
        batch->Count -= count;
        batch->IsMade = count == Size ? 0 : batch->IsMade >> count;
        if (batch->Count > 0)
        {
            new Span<ulong>(batch->Fingerprints + count, batch->Count).CopyTo(new Span<ulong>(batch->Fingerprints, batch->Count));
            new Span<PendingStep>(StepsOf(batch) + count, batch->Count).CopyTo(new Span<PendingStep>(StepsOf(batch), batch->Count));
        }
    }
}

/// <summary>A step taken.</summary>
internal unsafe struct PendingStep
{
    /// <summary>The state that it was taken from.</summary>
    public byte* From;

    /// <summary>What it changed; null: the state it led to is made.</summary>
    public CachedStep* Step;

    /// <summary>The state it led to, if it is made (<see cref="LookupBatch.IsMade"/>).</summary>
    public byte* Made;
}
