using System.Text;
using Faultline.Engine.Coroutines;

namespace Faultline.Engine.Search.Checkpoints;

/// <summary>A file that is no checkpoint, a damaged one, or one of another search.</summary>
public sealed class CheckpointException(string message) : Exception(message);

/// <summary>
/// A search that can be gone on with, in a file. It is written beside the old one and takes its place in one step, so that whatever happens
/// at whatever moment, the file holds one whole checkpoint: a hash at its end tells a whole one from a part.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="subject">What is searched, in words: going on with another search is refused.</param>
public sealed class CheckpointFile(string path, string subject)
{
    private const string Magic = "Faultline checkpoint 3";

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>How often one is written.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Is told when one could not be written, and why; the search goes on, and the one before it still stands.</summary>
    public Action<string>? NotWritten { get; init; }

    /// <summary>
    /// Prepares to go on with the search that the file holds. Frames in a state name their methods by numbers that a process gives at first
    /// use, so this must come before anything is searched.
    /// </summary>
    /// <exception cref="CheckpointException">It cannot be gone on with.</exception>
    public void Prepare() => Read(static _ => { });

    /// <summary>Writes a checkpoint.</summary>
    internal void Write(Action<BinaryWriter> body)
    {
        string part = path + ".part";
        try
        {
            using (var stream = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                using var hashed = new HashedStream(stream);
                using (var writer = new BinaryWriter(hashed, Encoding.UTF8, leaveOpen: true))
                {
                    WriteHead(writer);
                    body(writer);
                }

                hashed.WriteHash();
                stream.Flush(flushToDisk: true);
            }

            File.Move(part, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NotWritten?.Invoke(e.Message);
        }
    }

    /// <summary>Reads the checkpoint.</summary>
    /// <exception cref="CheckpointException">It cannot be gone on with.</exception>
    internal void Read(Action<BinaryReader> body)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
            HashedStream.Check(stream, path);
            using var reader = new BinaryReader(stream, Encoding.UTF8);
            ReadHead(reader);
            body(reader);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path}: {e.Message}");
        }
    }

    private static string Build => string.Join(
        ' ', AppDomain.CurrentDomain.GetAssemblies().Where(a => a.GetName().Name is "Faultline.Engine" or "Faultline.Kernel")
            .Select(a => a.ManifestModule.ModuleVersionId).Order());

    private void WriteHead(BinaryWriter writer)
    {
        writer.Write(Magic);
        writer.Write(subject);
        writer.Write(Build);
        IReadOnlyList<string> frames = FrameTypes.Names;
        writer.Write(frames.Count);
        foreach (string name in frames)
        {
            writer.Write(name);
        }
    }

    private void ReadHead(BinaryReader reader)
    {
        if (reader.ReadString() != Magic)
        {
            throw new CheckpointException($"{path} is no checkpoint of this version of Faultline");
        }

        string of = reader.ReadString();
        if (of != subject)
        {
            throw new CheckpointException($"{path} is a checkpoint of another search: expected '{subject}', found '{of}'");
        }

        if (reader.ReadString() != Build)
        {
            throw new CheckpointException($"{path} was written by another build of Faultline, whose states may differ");
        }

        int count = reader.ReadInt32();
        for (int id = 0; id < count; id++)
        {
            string name = reader.ReadString();
            if (!FrameTypes.Register(name, id))
            {
                throw new CheckpointException($"{path}: other searches came first in this process; go on with it before anything else");
            }
        }
    }
}
