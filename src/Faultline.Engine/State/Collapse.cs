using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Faultline.Engine.Search;

namespace Faultline.Engine.State;

/// <summary>A thread's part of a state: its header and frames, kept once.</summary>
internal unsafe struct ThreadPart
{
    /// <summary>As <see cref="ThreadHeader.Fingerprint"/>.</summary>
    public ulong Fingerprint;

    /// <summary>A fingerprint that is the same in every process.</summary>
    public ulong Content;

    /// <summary>The header and its frames.</summary>
    public ThreadHeader* Header;

    /// <summary>As <see cref="ThreadHeader.Word"/>.</summary>
    public int Word;

    /// <summary>As <see cref="ThreadHeader.Kind"/>.</summary>
    public StepKind Kind;

    /// <summary>As <see cref="ThreadHeader.Alternatives"/>.</summary>
    public byte Alternatives;
}

/// <summary>
/// Collapse compression (Holzmann 1997): what a thread's part of a state can be is kept once, and states that wait hold its number. A
/// collapsed state is the words, then a number for each thread. Shared by the workers of a search: what was added never changes or moves.
/// </summary>
internal sealed unsafe class Collapse : IDisposable
{
    private const int ChunkBits = 10;
    private const int ChunkStates = 1 << ChunkBits;
    private const int MaxChunks = 1 << 15;
    private readonly Lock gate = new();
    private readonly VectorShape shape;
    private readonly Arena arena = new();
    private readonly ThreadPart** chunks = (ThreadPart**)NativeMemory.AllocZeroed(MaxChunks, (nuint)sizeof(ThreadPart*));
    private FingerprintTable numbers = FingerprintTable.Create(8, numbered: true);

    public Collapse(VectorShape shape)
    {
        this.shape = shape;
        StateBytes = (shape.WordBytes + (shape.Threads * sizeof(int)) + StatePool.Alignment - 1) & ~(StatePool.Alignment - 1);
    }

    /// <summary>Bytes of a collapsed state: a multiple of <see cref="StatePool.Alignment"/>.</summary>
    public int StateBytes { get; }

    /// <summary>Bytes taken by what threads' parts can be.</summary>
    public long Bytes => arena.Bytes + numbers.Bytes;

    /// <summary>A thread's part.</summary>
    public ref ThreadPart this[int number]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref chunks[number >> ChunkBits][number & (ChunkStates - 1)];
    }

    /// <summary>The numbers of the threads' parts, in a collapsed state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int* PartsOf(byte* collapsed) => (int*)(collapsed + shape.WordBytes);

    /// <summary>Collapses one thread's part.</summary>
    public int NumberOf(Execution execution, byte* vector, int thread)
    {
        ThreadHeader* header = shape.Header(vector, thread);
        ulong key = header->Fingerprint == 0 ? 1 : header->Fingerprint;
        lock (gate)
        {
            uint number = (uint)numbers.Count;
            if (numbers.Add(key, ref number))
            {
                Keep((int)number, header, execution.ContentFingerprint(vector, thread));
            }

            return (int)number;
        }
    }

    /// <summary>Collapses a state.</summary>
    public void Fold(Execution execution, byte* vector, byte* collapsed)
    {
        new Span<byte>(collapsed, StateBytes).Clear();
        Buffer.MemoryCopy(vector, collapsed, StateBytes, shape.WordBytes);
        for (int thread = 0; thread < shape.Threads; thread++)
        {
            PartsOf(collapsed)[thread] = NumberOf(execution, vector, thread);
        }
    }

    /// <summary>Writes a collapsed state out in full.</summary>
    public void Unfold(byte* collapsed, byte* vector)
    {
        Buffer.MemoryCopy(collapsed, vector, shape.Capacity, shape.WordBytes);
        for (int thread = 0; thread < shape.Threads; thread++)
        {
            ThreadHeader* header = this[PartsOf(collapsed)[thread]].Header;
            int live = sizeof(ThreadHeader) + header->StackBytes;
            Buffer.MemoryCopy(header, shape.Header(vector, thread), shape.Stride, live);
        }
    }

    /// <summary>The same as <see cref="VectorShape.Fingerprint"/> of the state in full.</summary>
    public ulong Fingerprint(byte* collapsed)
    {
        ulong hash = shape.FingerprintOfWords((int*)collapsed);
        for (int thread = 0; thread < shape.Threads; thread++)
        {
            hash ^= shape.FingerprintOfThread(thread, this[PartsOf(collapsed)[thread]].Fingerprint);
        }

        return hash;
    }

    /// <summary>True when every thread has returned.</summary>
    public bool AllDone(byte* collapsed)
    {
        bool done = true;
        for (int thread = 0; thread < shape.Threads; thread++)
        {
            done &= this[PartsOf(collapsed)[thread]].Kind == StepKind.Done;
        }

        return done;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        arena.Dispose();
        numbers.Free();
        for (int i = 0; i < MaxChunks && chunks[i] != null; i++)
        {
            NativeMemory.AlignedFree(chunks[i]);
        }

        NativeMemory.Free(chunks);
    }

    private void Keep(int number, ThreadHeader* header, ulong content)
    {
        if (number >= MaxChunks * ChunkStates)
        {
            throw new ModelException($"a thread has more than {number:N0} local states");
        }

        if (chunks[number >> ChunkBits] == null)
        {
            chunks[number >> ChunkBits] = (ThreadPart*)NativeMemory.AlignedAlloc((nuint)(ChunkStates * sizeof(ThreadPart)), 64);
        }

        int live = sizeof(ThreadHeader) + header->StackBytes;
        byte* kept = arena.Take(live);
        Buffer.MemoryCopy(header, kept, live, live);
        this[number] = new ThreadPart
        {
            Fingerprint = header->Fingerprint,
            Content = content,
            Header = (ThreadHeader*)kept,
            Word = header->Word,
            Kind = header->Kind,
            Alternatives = header->Alternatives,
        };
    }
}
