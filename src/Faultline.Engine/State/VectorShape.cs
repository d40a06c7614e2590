using System.Runtime.InteropServices;

namespace Faultline.Engine.State;

/// <summary>
/// Where things lie in a state vector: the words, then a header and a stack for each thread. A vector has a fixed capacity; copies
/// and fingerprints touch only what is live.
/// </summary>
public sealed unsafe class VectorShape
{
    /// <summary>Default room for one thread's frames, in bytes.</summary>
    public const int DefaultStackBytes = 2048;

    internal readonly int WordBytes;
    internal readonly int Threads;
    internal readonly int HomeThread;
    internal readonly int StackBytes;
    internal readonly int Stride;

    /// <summary>Lays out a vector.</summary>
    public VectorShape(int words, int threads, int stackBytes = DefaultStackBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, Layout.MaxThreads);
        WordBytes = ((words * sizeof(int)) + 7) & ~7;
        Threads = threads;
        HomeThread = threads - 1;
        StackBytes = (stackBytes + 7) & ~7;
        Stride = sizeof(ThreadHeader) + StackBytes;
        Capacity = WordBytes + (threads * Stride);
    }

    /// <summary>Bytes of a vector when every stack is full.</summary>
    public int Capacity { get; }

    /// <summary>Memory for one vector, aligned to a cache line; to be freed with <see cref="NativeMemory.AlignedFree"/>.</summary>
    public byte* NewVector() => (byte*)NativeMemory.AlignedAlloc((nuint)Capacity, 64);

    /// <summary>A thread's header.</summary>
    public ThreadHeader* Header(byte* vector, int thread) => (ThreadHeader*)(vector + WordBytes + (thread * Stride));

    /// <summary>Copies what is live.</summary>
    public void Copy(byte* from, byte* to)
    {
        Buffer.MemoryCopy(from, to, Capacity, WordBytes);
        for (int t = 0; t < Threads; t++)
        {
            int offset = WordBytes + (t * Stride);
            long live = sizeof(ThreadHeader) + ((ThreadHeader*)(from + offset))->StackBytes;
            Buffer.MemoryCopy(from + offset, to + offset, Stride, live);
        }
    }

    /// <summary>Bytes that <see cref="Pack"/> needs.</summary>
    public int PackedBytes(byte* vector)
    {
        int bytes = WordBytes;
        for (int t = 0; t < Threads; t++)
        {
            bytes += sizeof(ThreadHeader) + Header(vector, t)->StackBytes;
        }

        return bytes;
    }

    /// <summary>Writes the live bytes one after another.</summary>
    public void Pack(byte* vector, byte* packed)
    {
        Buffer.MemoryCopy(vector, packed, WordBytes, WordBytes);
        packed += WordBytes;
        for (int t = 0; t < Threads; t++)
        {
            ThreadHeader* header = Header(vector, t);
            int live = sizeof(ThreadHeader) + header->StackBytes;
            Buffer.MemoryCopy(header, packed, live, live);
            packed += live;
        }
    }

    /// <summary>Reads what <see cref="Pack"/> wrote.</summary>
    public void Unpack(byte* packed, byte* vector)
    {
        Buffer.MemoryCopy(packed, vector, WordBytes, WordBytes);
        packed += WordBytes;
        for (int t = 0; t < Threads; t++)
        {
            int live = sizeof(ThreadHeader) + ((ThreadHeader*)packed)->StackBytes;
            Buffer.MemoryCopy(packed, Header(vector, t), Stride, live);
            packed += live;
        }
    }

    /// <summary>True when the live bytes of both vectors are the same.</summary>
    public bool Same(byte* a, byte* b)
    {
        if (!new ReadOnlySpan<byte>(a, WordBytes).SequenceEqual(new ReadOnlySpan<byte>(b, WordBytes)))
        {
            return false;
        }

        for (int t = 0; t < Threads; t++)
        {
            int live = sizeof(ThreadHeader) - ThreadHeader.Uncovered + Header(a, t)->StackBytes;
            var own = new ReadOnlySpan<byte>((byte*)Header(a, t) + ThreadHeader.Uncovered, live);
            if (!own.SequenceEqual(new ReadOnlySpan<byte>((byte*)Header(b, t) + ThreadHeader.Uncovered, live)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Fingerprint of a state. Every <see cref="ThreadHeader.Fingerprint"/> must be up to date.</summary>
    public ulong Fingerprint(byte* vector)
    {
        ulong hash = FingerprintOfWords((int*)vector);
        for (int t = 0; t < Threads; t++)
        {
            hash ^= FingerprintOfThread(t, Header(vector, t)->Fingerprint);
        }

        return hash;
    }

    /// <summary>A thread's part of the fingerprint of a state, and if it is the thread that says it, the state's home.</summary>
    /// <param name="thread">Its number.</param>
    /// <param name="local">Fingerprint of its local state.</param>
    internal ulong FingerprintOfThread(int thread, ulong local) =>
        State.Fingerprint.OfThread(thread, local) ^ (thread == HomeThread ? State.Fingerprint.OfHome(local) : 0);

    /// <summary>The words' part of the fingerprint of a state.</summary>
    internal ulong FingerprintOfWords(int* words)
    {
        ulong hash = 0;
        for (int i = 0; i < WordBytes / sizeof(int); i++)
        {
            hash ^= State.Fingerprint.OfWord(i, words[i]);
        }

        return hash;
    }

    /// <summary>Brings a thread's own fingerprint up to date after it moved.</summary>
    public void Rehash(byte* vector, int thread)
    {
        ThreadHeader* header = Header(vector, thread);
        header->Fingerprint = State.Fingerprint.Of(
            (byte*)header + ThreadHeader.Uncovered, sizeof(ThreadHeader) - ThreadHeader.Uncovered + header->StackBytes);
    }
}
