namespace Faultline.Real.Lab;

/// <summary>A kernel's modules that a guest needs, in the order in which they are loaded.</summary>
internal static class GuestModules
{
    // Persistent memory, the filesystems, a disk, and a folder shared with the host. What a kernel has built in or does not know is passed over.
    private static readonly string[] Wanted =
    [
        "crc32c-intel", "crc32c_generic", "libnvdimm", "nd_e820", "nd_btt", "nd_pmem", "dax_pmem", "nd_virtio", "virtio_pmem", "jbd2", "mbcache",
        "crc16", "ext4", "xfs", "virtio_pci", "virtio_blk", "9pnet", "9pnet_virtio", "9p",
    ];

    private static readonly string[] Needed = ["nd_pmem", "ext4", "xfs", "9p", "9pnet_virtio", "virtio_pci", "nd_e820"];

    /// <summary>Finds them, dependencies first.</summary>
    /// <param name="modules">The kernel's modules folder; depmod writes its lists there where they are missing.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>File name without <c>.xz</c>, and contents.</returns>
    /// <exception cref="LabException">One that is needed is neither there nor built in.</exception>
    public static async Task<List<(string Name, byte[] Contents)>> Find(string modules, CancellationToken cancellation)
    {
        if (!File.Exists(Path.Combine(modules, "modules.dep")))
        {
            string release = Path.GetFileName(modules.TrimEnd('/'));
            string root = Path.GetFullPath(Path.Combine(modules, "../../.."));
            await Tool.Demand("depmod", ["-b", root, release], cancellation);
        }

        Dictionary<string, (string File, string[] Needs)> known = await ReadDependencies(modules, cancellation);
        HashSet<string> builtIn = [.. await ReadBuiltIn(modules, cancellation)]; // some packages leave the list out: then the first boot tells
        if (builtIn.Count > 0 && Needed.FirstOrDefault(n => !known.ContainsKey(Key(n)) && !builtIn.Contains(Key(n))) is { } missing)
        {
            throw new LabException($"faultline: {modules} has no module {missing}, and the kernel has not built it in; the lab needs {string.Join(", ", Needed)}");
        }

        var order = new List<string>();
        foreach (string name in Wanted.Where(n => known.ContainsKey(Key(n))))
        {
            (string file, string[] needs) = known[Key(name)];
            order.AddRange(needs.Reverse().Append(file).Where(f => !order.Contains(f)));
        }

        var found = new List<(string, byte[])>();
        foreach (string file in order)
        {
            found.Add((Path.GetFileName(Plain(file)), await Contents(Path.Combine(modules, file), cancellation)));
        }

        return found;
    }

    private static async Task<Dictionary<string, (string File, string[] Needs)>> ReadDependencies(string modules, CancellationToken cancellation)
    {
        var known = new Dictionary<string, (string, string[])>();
        foreach (string line in await File.ReadAllLinesAsync(Path.Combine(modules, "modules.dep"), cancellation))
        {
            string[] parts = line.Split(':', 2);
            if (parts.Length == 2)
            {
                known[Key(parts[0])] = (parts[0], parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return known;
    }

    private static async Task<IEnumerable<string>> ReadBuiltIn(string modules, CancellationToken cancellation)
    {
        string list = Path.Combine(modules, "modules.builtin");
        return File.Exists(list) ? (await File.ReadAllLinesAsync(list, cancellation)).Select(Key) : [];
    }

    private static async Task<byte[]> Contents(string path, CancellationToken cancellation)
    {
        if (!File.Exists(path))
        {
            throw new LabException($"faultline: {path} is not there, though modules.dep names it; 'make modules_install' writes both");
        }

        if (Plain(path) == path)
        {
            return await File.ReadAllBytesAsync(path, cancellation);
        }

        string copy = Path.Combine(LabCache.NewScratch(), Path.GetFileName(path)); // what is left here goes with the next preparation
        File.Copy(path, copy);
        string tool = path.EndsWith(".xz", StringComparison.Ordinal) ? "xz" : path.EndsWith(".zst", StringComparison.Ordinal) ? "zstd" : "gzip";
        await Tool.Demand(tool, ["-d", "-q", copy], cancellation);
        byte[] contents = await File.ReadAllBytesAsync(Plain(copy), cancellation);
        Directory.Delete(Path.GetDirectoryName(copy)!, recursive: true);
        return contents;
    }

    private static string Plain(string file) => file.EndsWith(".ko", StringComparison.Ordinal) ? file : Path.ChangeExtension(file, null);

    private static string Key(string name) =>
        Path.GetFileName(name).Split('.')[0].Replace('-', '_');
}
