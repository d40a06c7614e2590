using System.Runtime.InteropServices;

namespace Faultline.Engine.State;

/// <summary>Memory that is taken in small pieces, never moves, and is freed all at once.</summary>
internal sealed unsafe class Arena : IDisposable
{
    private const int FirstChunk = 1 << 14;
    private const int LargestChunk = 1 << 20;
    private byte* chunk; // begins with the address of the chunk before it
    private byte* free;
    private long left;
    private int next = FirstChunk;

    /// <summary>Bytes allocated.</summary>
    public long Bytes { get; private set; }

    /// <summary>A piece of memory, zeroed and aligned to 8 bytes.</summary>
    public byte* Take(int bytes)
    {
        int rounded = (bytes + 7) & ~7;
        if (rounded > left)
        {
            AddChunk(Math.Max(rounded + sizeof(byte*), next));
            next = Math.Min(next * 2, LargestChunk);
        }

        byte* taken = free;
        free += rounded;
        left -= rounded;
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (chunk != null)
        {
            byte* last = chunk;
            chunk = *(byte**)last;
            NativeMemory.AlignedFree(last);
        }

        left = 0;
    }

    private void AddChunk(int bytes)
    {
        byte* made = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        NativeMemory.Clear(made, (nuint)bytes);
        *(byte**)made = chunk;
        chunk = made;
        free = made + sizeof(byte*);
        left = bytes - sizeof(byte*);
        Bytes += bytes;
    }
}
