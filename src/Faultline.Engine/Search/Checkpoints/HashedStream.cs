using System.IO.Hashing;

namespace Faultline.Engine.Search.Checkpoints;

/// <summary>Writes through to a stream, and keeps a hash of what went through.</summary>
internal sealed class HashedStream(Stream inner) : Stream
{
    private const int HashBytes = 8;
    private readonly XxHash3 hash = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => inner.Length;

    public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

    /// <summary>Checks that a stream ends with the hash of what comes before, and goes back to its beginning.</summary>
    /// <exception cref="CheckpointException">It does not.</exception>
    public static void Check(Stream stream, string path)
    {
        var hash = new XxHash3();
        var buffer = new byte[1 << 16];
        long left = stream.Length - HashBytes;
        while (left > 0)
        {
            int count = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            hash.Append(buffer.AsSpan(0, count));
            left -= count;
        }

        var stored = new byte[HashBytes];
        if (left < 0 || stream.ReadAtLeast(stored, HashBytes, throwOnEndOfStream: false) < HashBytes
            || !stored.AsSpan().SequenceEqual(hash.GetCurrentHash()))
        {
            throw new CheckpointException($"{path} is no checkpoint, or a damaged one");
        }

        stream.Position = 0;
    }

    /// <summary>Ends the stream with the hash.</summary>
    public void WriteHash() => inner.Write(hash.GetCurrentHash());

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        hash.Append(buffer);
        inner.Write(buffer);
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
