using System.Globalization;
using System.Text;

namespace Faultline.Real.Lab;

/// <summary>Writes a cpio archive in the "newc" format, which the kernel unpacks as its first root filesystem.</summary>
/// <param name="output">Where to.</param>
internal sealed class CpioWriter(Stream output) : IDisposable
{
    private const int File = 0x8000, Folder = 0x4000, Link = 0xA000;
    private readonly HashSet<string> folders = [];
    private int inode;

    /// <summary>Adds a file, and the folders that it is in.</summary>
    public void AddFile(string path, byte[] contents, bool executable = false)
    {
        AddFolder(Path.GetDirectoryName(path)!);
        Entry(path, File | (executable ? 0x1ED : 0x1A4), contents);
    }

    /// <summary>Adds a symbolic link.</summary>
    public void AddLink(string path, string target)
    {
        AddFolder(Path.GetDirectoryName(path)!);
        Entry(path, Link | 0x1FF, Encoding.UTF8.GetBytes(target));
    }

    /// <summary>Adds a folder, and those that it is in.</summary>
    public void AddFolder(string path)
    {
        if (path.Length > 0 && path != "/" && folders.Add(path))
        {
            AddFolder(Path.GetDirectoryName(path)!);
            Entry(path, Folder | 0x1ED, []);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Entry("TRAILER!!!", 0, []);

    private void Entry(string path, int mode, byte[] contents)
    {
        byte[] name = Encoding.UTF8.GetBytes(path.TrimStart('/') + "\0");
        int[] header = [++inode, mode, 0, 0, 1, 0, contents.Length, 0, 0, 0, 0, name.Length, 0];
        string digits = string.Concat(header.Select(n => n.ToString("X8", CultureInfo.InvariantCulture)));
        output.Write(Encoding.ASCII.GetBytes("070701" + digits));
        output.Write(name);
        Pad(6 + digits.Length + name.Length);
        output.Write(contents);
        Pad(contents.Length);
    }

    private void Pad(int length) => output.Write(new byte[(4 - (length % 4)) % 4]);
}
