using System.Runtime.InteropServices;

namespace Faultline.Engine.Search;

/// <summary>
/// What one worker asks of another's part of the visited set: are these fingerprints new? Between cores eight bytes and a bit travel for each,
/// not the set's cache lines.
/// </summary>
internal sealed unsafe class LookupChannel : IDisposable
{
    private const uint Batches = 4; // a power of two
    private readonly LookupBatch* batches = LookupBatch.Allocate((int)Batches);
    private readonly Ends* ends = (Ends*)NativeMemory.AlignedAlloc((nuint)sizeof(Ends), 64);

    public LookupChannel() => *ends = default;

    /// <summary>Steps not met yet. For the worker that asks, as is all up to <see cref="TakeBack"/>.</summary>
    public int Pending
    {
        get
        {
            int pending = IsFull ? 0 : Filling->Count;
            for (uint i = ends->Oldest; i != ends->Newest; i++)
            {
                pending += batches[i % Batches].Count;
            }

            return pending;
        }
    }

    /// <summary>Is nothing on its way?</summary>
    public bool IsEmpty => ends->Oldest == ends->Newest && Filling->Count == 0;

    /// <summary>Is there another batch to fill when this one is sent?</summary>
    public bool HasRoom => ends->Newest - ends->Oldest < Batches - 1;

    /// <summary>Is there no batch to fill?</summary>
    public bool IsFull => ends->Newest - ends->Oldest == Batches;

    /// <summary>The batch to add to, if there is one. To be sent when it is full.</summary>
    public LookupBatch* Filling => batches + (ends->Newest % Batches);

    /// <summary>Sends what was asked, if anything was.</summary>
    public void Send()
    {
        LookupBatch* batch = Filling;
        if (batch->Count > 0)
        {
            ends->Newest++; // before it is another's to read
            LookupBatch.CopyFingerprints(batch);
            Volatile.Write(ref batch->Turn, batch->Count);
        }
    }

    /// <summary>The oldest batch if it is answered, or else null.</summary>
    public LookupBatch* Take() => TurnOf(ends->Oldest) == LookupBatch.Answered ? batches + (ends->Oldest % Batches) : null;

    /// <summary>Is done with the batch that was taken.</summary>
    public void TakeBack()
    {
        LookupBatch* batch = batches + (ends->Oldest++ % Batches);
        LookupBatch.RemoveFirst(batch, batch->Count);
        batch->Turn = 0;
    }

    /// <summary>Has something been asked? For who holds the part, as is <see cref="Answer"/>.</summary>
    public bool IsAsked => TurnOf(ends->Answering) > 0;

    /// <summary>Answers what was asked when this was called before: what was asked since is on its way to this processor.</summary>
    public void Answer(VisitedSet visited, int part, bool numbered)
    {
        uint* numbers = stackalloc uint[LookupBatch.Size];
        for (; ends->Answering != ends->Noticed; ends->Answering++)
        {
            LookupBatch* batch = batches + (ends->Answering % Batches);
            int count = batch->Turn;
            batch->IsNew = visited.Add(batch->Asked, count, part, numbers);
            if (numbered)
            {
                new Span<uint>(numbers, LookupBatch.Size).CopyTo(new Span<uint>(batch->Numbers, LookupBatch.Size));
            }

            Volatile.Write(ref batch->Turn, LookupBatch.Answered);
        }

        for (; ends->Noticed - ends->Answering < Batches && TurnOf(ends->Noticed) > 0; ends->Noticed++)
        {
            LookupBatch* batch = batches + (ends->Noticed % Batches);
            for (int i = 0; i < LookupBatch.Size; i += 64 / sizeof(ulong))
            {
                FingerprintTable.Prefetch(batch->Asked + i);
            }
        }
    }

    /// <summary>The batch to be answered next, or null.</summary>
    public LookupBatch* Next => ends->Answering != ends->Noticed ? batches + (ends->Answering % Batches) : null;

    /// <summary>Brings nearer what the other side writes.</summary>
    public void PrefetchQuestion() => FingerprintTable.Prefetch(&batches[ends->Noticed % Batches].Turn);

    /// <summary>Brings nearer what the other side writes.</summary>
    public void PrefetchAnswer() => FingerprintTable.Prefetch(&batches[ends->Oldest % Batches].Turn);

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(batches);
        NativeMemory.AlignedFree(ends);
    }

    private int TurnOf(uint batch) => Volatile.Read(ref batches[batch % Batches].Turn);

    /// <summary>Where each side is, in cache lines of their own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Ends
    {
        [FieldOffset(0)]
        public uint Newest; // goes on from 0 after its last value, as all of them

        [FieldOffset(4)]
        public uint Oldest;

        [FieldOffset(128)]
        public uint Answering;

        [FieldOffset(132)]
        public uint Noticed;
    }
}
