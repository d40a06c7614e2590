using System.Text;

namespace Faultline.Cli;

/// <summary>
/// A file that is there whole or not at all: it is written beside its place and moved there when it is done. That it can be written is
/// known as soon as this exists. A link stays one; a device or pipe (<c>/dev/stdout</c>) is written to as it is.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    private readonly string path;
    private readonly string unfinished;
    private bool done;

    /// <summary>Starts a file; folders on its way are made.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public OutputFile(string path)
    {
        try
        {
            this.path = !IsDevice(path) && new FileInfo(path).LinkTarget is not null ? File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName : path;
            unfinished = IsDevice(path) ? path : $"{this.path}.part";
            if (Directory.Exists(path))
            {
                throw new IOException("it is a folder");
            }

            if (Path.GetDirectoryName(Path.GetFullPath(this.path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }

            Writer = new StreamWriter(unfinished, append: false, new UTF8Encoding(false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException($"faultline: cannot write {path}: {e.Message}");
        }
    }

    /// <summary>Takes its text.</summary>
    public StreamWriter Writer { get; }

    /// <summary>It is complete.</summary>
    /// <param name="isExecutable">It is a script.</param>
    /// <exception cref="IOException">It could not be written to the end.</exception>
    public void Finish(bool isExecutable = false)
    {
        Writer.Dispose();
        if (unfinished != path)
        {
            if (isExecutable && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(unfinished, (UnixFileMode)0b111_101_101);
            }

            File.Move(unfinished, path, overwrite: true);
        }

        done = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (done)
        {
            return;
        }

        try
        {
            Writer.Dispose();
        }
        catch (IOException)
        {
            // the disk is full: what was to be written is given up anyway
        }
        finally
        {
            if (unfinished != path)
            {
                File.Delete(unfinished);
            }
        }
    }

    private static bool IsDevice(string path) =>
        Path.GetFullPath(path) is var full && (full.StartsWith("/dev/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal));
}
