using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Faultline.Real.Lab;

/// <summary>A file of a prepared kernel, as it was when it was put there.</summary>
/// <param name="Name">Name within the kernel's folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its hash, in lower-case hexadecimal digits.</param>
public sealed record CachedFile(string Name, long Bytes, string Sha256);

/// <summary>A kernel that is ready to boot: what the folder's <c>manifest.json</c> says.</summary>
/// <param name="Release">Its release string, as <c>uname -r</c> prints it.</param>
/// <param name="Package">The package and its version that it is from; where it came from otherwise.</param>
/// <param name="Accelerator">What QEMU boots it with here: <c>kvm</c> or <c>tcg</c>.</param>
/// <param name="Recipe">Which recipe of the initramfs it was built by.</param>
/// <param name="Files">Its kernel image and initramfs.</param>
public sealed record Manifest(string Release, string Package, string Accelerator, int Recipe, IReadOnlyList<CachedFile> Files)
{
    private const string Own = "own image ";

    /// <summary>Is it the user's own? Then no package has it.</summary>
    [JsonIgnore]
    public bool IsOwn => Package.StartsWith(Own, StringComparison.Ordinal);

    /// <summary>The command that makes it anew.</summary>
    [JsonIgnore]
    public string Again => IsOwn
        ? $"faultline lab prepare --kernel-image {Package[Own.Length..]} --modules .../lib/modules/{Release}"
        : $"faultline lab prepare --again {Release}";

    /// <summary>Says of a kernel that it is the user's own.</summary>
    /// <param name="image">Path of its image.</param>
    public static string PackageOfOwn(string image) => Own + image;
}

/// <summary>The kernels that are ready to boot, below the user's cache directory. What is taken from it is verified.</summary>
public static class LabCache
{
    /// <summary>The number of the recipe that guests' first filesystem is built by: what was built by another is built again.</summary>
    public const int Recipe = 6;

    /// <summary>Name of the kernel image in a kernel's folder.</summary>
    public const string Image = "vmlinuz";

    /// <summary>Name of the initramfs in a kernel's folder.</summary>
    public const string Initramfs = "initramfs.gz";

    private const string ManifestName = "manifest.json";
    private const int WouldBlock = 11; // EWOULDBLOCK of flock(2)
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The lab's folder: <c>faultline/lab</c> in XDG_CACHE_HOME, or in <c>~/.cache</c>.</summary>
    public static string Root
    {
        get
        {
            string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            string home = Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } set ? set : Path.GetTempPath();
            return Path.Combine(Path.IsPathRooted(cache) ? cache : Path.Combine(home, ".cache"), "faultline", "lab");
        }
    }

    private static string Kernels => Path.Combine(Root, "kernels");

    /// <summary>A kernel's folder.</summary>
    public static string Folder(string release) => Path.Combine(Kernels, release);

    private static string Scratch => Path.Combine(Root, "scratch");

    /// <summary>
    /// Waits until no other process prepares a kernel, and takes away what one that was killed has left. The turn ends when this is
    /// disposed, or with this process.
    /// </summary>
    /// <param name="say">Is told that it waits.</param>
    /// <param name="cancellation">Stops waiting.</param>
    internal static async Task<IDisposable> Turn(Action<string> say, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Root);
        string path = Path.Combine(Root, "prepare.lock");
        for (bool told = false; ; told = true)
        {
            try
            {
                var turn = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                DeleteFolder(Scratch);
                return turn;
            }
            catch (IOException e) when (e.HResult == WouldBlock)
            {
                if (!told)
                {
                    say("waiting: another faultline prepares a kernel");
                }
            }

            await Task.Delay(200, cancellation);
        }
    }

    /// <summary>A new folder in the cache, to build something in before it is moved to its place.</summary>
    internal static string NewScratch()
    {
        string folder = Path.Combine(Scratch, Path.GetRandomFileName());
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>All kernels that are there, oldest release first.</summary>
    public static IReadOnlyList<Manifest> All() => !Directory.Exists(Kernels)
        ? []
        : [.. Directory.EnumerateDirectories(Kernels).Select(Read).OfType<Manifest>().OrderBy(m => KernelRelease.SortKey(m.Release))];

    /// <summary>The prepared kernel that a name stands for: a release, or the newest one that begins with it; null: none.</summary>
    public static Manifest? Find(string name) =>
        All().LastOrDefault(m => m.Release == name) ?? All().LastOrDefault(m => KernelRelease.Matches(m.Release, name));

    /// <summary>Releases whose folder is there and whose manifest cannot be read.</summary>
    public static IReadOnlyList<string> Damaged() => !Directory.Exists(Kernels)
        ? []
        : [.. Directory.EnumerateDirectories(Kernels).Where(f => Read(f) is null).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    /// <summary>Holds a kernel's files against its manifest.</summary>
    /// <exception cref="LabException">Something is missing or was changed.</exception>
    public static void Verify(Manifest manifest)
    {
        foreach (CachedFile file in manifest.Files)
        {
            string path = Path.Combine(Folder(manifest.Release), file.Name);
            if (!File.Exists(path) || Describe(path) != file)
            {
                throw new LabException($"faultline: {path} is not what was put there (missing, cut short or changed); '{manifest.Again}' makes it anew");
            }
        }
    }

    /// <summary>Puts a folder that holds an image and an initramfs in its place.</summary>
    public static Manifest Add(string scratch, string release, string package, string accelerator)
    {
        var manifest = new Manifest(
            release, package, accelerator, Recipe,
            [Describe(Path.Combine(scratch, Image)), Describe(Path.Combine(scratch, Initramfs))]);
        WriteManifest(scratch, manifest);
        Directory.CreateDirectory(Kernels);
        if (Directory.Exists(Folder(release)))
        {
            Directory.Move(Folder(release), NewScratch() + "/old");
        }

        Directory.Move(scratch, Folder(release));
        return manifest;
    }

    /// <summary>Takes a folder away; nothing happens when it is not there.</summary>
    internal static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void WriteManifest(string folder, Manifest manifest) =>
        File.WriteAllText(Path.Combine(folder, ManifestName), JsonSerializer.Serialize(manifest, Format) + "\n");

    // Null: not finished, or damaged: it has to be prepared again.
    private static Manifest? Read(string folder)
    {
        try
        {
            Manifest? read = JsonSerializer.Deserialize<Manifest>(File.ReadAllText(Path.Combine(folder, ManifestName)), Format);
            return read is { Package: not null, Accelerator: not null, Files.Count: 2 } && read.Release == Path.GetFileName(folder)
                && read.Files.Select(f => f.Name).SequenceEqual([Image, Initramfs]) ? read : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static CachedFile Describe(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return new CachedFile(Path.GetFileName(path), stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
