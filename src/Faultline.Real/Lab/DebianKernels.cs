using System.Text.RegularExpressions;

namespace Faultline.Real.Lab;

/// <summary>A kernel unpacked from its packages.</summary>
/// <param name="Release">Its release string.</param>
/// <param name="Package">Package and version.</param>
/// <param name="Image">Path of its kernel image.</param>
/// <param name="Modules">Path of its modules folder, <c>.../lib/modules/RELEASE</c>.</param>
public sealed record UnpackedKernel(string Release, string Package, string Image, string Modules);

/// <summary>A kernel that apt has.</summary>
/// <param name="Release">Its release string.</param>
/// <param name="Packages">The packages that hold its image and its modules.</param>
/// <param name="Options">apt's options for the lists that name them.</param>
public sealed record PackagedKernel(string Release, IReadOnlyList<string> Packages, IReadOnlyList<string> Options);

/// <summary>
/// Gets a kernel by package, with the machine's own apt configuration. A suite that the machine is not set up for is asked through a
/// private tree of lists, whose source is the machine's own Debian source with that suite. Nothing is installed.
/// </summary>
/// <param name="suite">The suite to ask for what the machine's own suites do not have.</param>
/// <param name="say">Is told what goes on.</param>
public sealed partial class DebianKernels(string suite, Action<string> say)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(12);
    private string Tree => Path.Combine(LabCache.Root, "apt", suite);

    /// <summary>Finds the newest kernel that a name stands for.</summary>
    /// <param name="name">A release, the beginning of one (<c>6.12</c>), or <c>newest</c>.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="LabException">There is none, or apt failed.</exception>
    public async Task<PackagedKernel> Find(string name, CancellationToken cancellation)
    {
        string[] own = [], known = await Releases(own, cancellation);
        string? release = name == "newest" ? null : Newest(known, name);
        string[] options = own;
        if (release is null)
        {
            options = await PrivateTree(cancellation);
            string[] there = await Releases(options, cancellation);
            release = Newest(there, name) ?? throw new LabException(NotThere(name, known, there));
        }

        return new PackagedKernel(release, await PackagesOf(options, release, cancellation), options);
    }

    /// <summary>Downloads and unpacks a kernel.</summary>
    /// <param name="kernel">Which.</param>
    /// <param name="folder">Where to put it.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="LabException">apt failed.</exception>
    public async Task<UnpackedKernel> Get(PackagedKernel kernel, string folder, CancellationToken cancellation)
    {
        string names = string.Join(" and ", kernel.Packages);
        say($"downloading {names}");
        ToolResult got = await Tool.Run("apt-get", [.. kernel.Options, "-q", "download", .. kernel.Packages], cancellation, folder);
        if (got.Status != 0)
        {
            throw new LabException(
                $"faultline: {names} cannot be downloaded; are the package lists old ('apt-get update'), is the mirror reachable, is there room in {LabCache.Root}?\n"
                + Tool.Last(got.Errors + got.Output, 10));
        }

        string version = "";
        foreach (string file in Directory.EnumerateFiles(folder, "*.deb"))
        {
            version = (await Tool.Demand("dpkg-deb", ["-f", file, "Version"], cancellation)).Trim();
            ToolResult unpacked = await Tool.Run("dpkg-deb", ["-x", file, Path.Combine(folder, "root")], cancellation);
            if (unpacked.Status != 0)
            {
                throw new LabException($"faultline: {names} cannot be unpacked; is there room in {LabCache.Root}?\n{Tool.Last(unpacked.Errors, 4)}");
            }

            File.Delete(file);
        }

        return Unpacked(Path.Combine(folder, "root"), kernel.Release, $"{string.Join(' ', kernel.Packages)} {version}");
    }

    private static UnpackedKernel Unpacked(string root, string release, string package)
    {
        string[] images = [Path.Combine(root, "boot", $"vmlinuz-{release}"), Path.Combine(root, "usr/lib/modules", release, "vmlinuz")];
        string[] modules = [Path.Combine(root, "lib/modules", release), Path.Combine(root, "usr/lib/modules", release)];
        return new UnpackedKernel(
            release, package,
            images.FirstOrDefault(File.Exists) ?? throw new LabException($"faultline: no kernel image in {package}"),
            modules.FirstOrDefault(m => Directory.Exists(Path.Combine(m, "kernel"))) ?? throw new LabException($"faultline: no modules in {package}"));
    }

    // Up to 6.18 one package holds both; from 7.x on the image and the modules have packages of their own.
    private static async Task<string[]> PackagesOf(string[] options, string release, CancellationToken cancellation)
    {
        string names = await Tool.Demand("apt-cache", [.. options, "pkgnames", "linux-binary-"], cancellation);
        return names.Split('\n').Contains($"linux-binary-{release}")
            ? [$"linux-binary-{release}", $"linux-modules-{release}"]
            : [$"linux-image-{release}"];
    }

    private static async Task<string[]> Releases(string[] options, CancellationToken cancellation)
    {
        string names = await Tool.Demand("apt-cache", [.. options, "pkgnames", "linux-image-"], cancellation);
        HashSet<string> modules = [.. (await Tool.Demand("apt-cache", [.. options, "pkgnames", "linux-modules-"], cancellation)).Split('\n')];
        HashSet<string> binaries = [.. (await Tool.Demand("apt-cache", [.. options, "pkgnames", "linux-binary-"], cancellation)).Split('\n')];
        return [.. names.Split('\n').Select(n => Image().Match(n)).Where(m => m.Success).Select(m => m.Groups[1].Value)
            .Where(r => binaries.Contains($"linux-binary-{r}") == modules.Contains($"linux-modules-{r}"))
            .OrderBy(KernelRelease.SortKey, StringComparer.Ordinal)];
    }

    private static string? Newest(string[] releases, string name) => releases.LastOrDefault(r => KernelRelease.Matches(r, name));

    private async Task<string[]> PrivateTree(CancellationToken cancellation)
    {
        string lists = Path.Combine(Tree, "lists"), cache = Path.Combine(Tree, "cache"), sources = Path.Combine(Tree, "sources");
        string[] options =
        [
            "-o", $"Dir::Etc::SourceList={Path.Combine(sources, "none")}", "-o", $"Dir::Etc::SourceParts={sources}",
            "-o", $"Dir::State::Lists={lists}", "-o", $"Dir::Cache={cache}", "-o", "APT::Sandbox::User=",
        ];
        string stamp = Path.Combine(Tree, "updated");
        if (File.Exists(stamp) && DateTime.UtcNow - File.GetLastWriteTimeUtc(stamp) < Fresh)
        {
            return options;
        }

        Array.ForEach([Path.Combine(lists, "partial"), Path.Combine(cache, "archives", "partial"), sources], f => Directory.CreateDirectory(f));
        await File.WriteAllTextAsync(Path.Combine(sources, "lab.sources"), Source(), cancellation);
        say($"reading the package lists of {suite}");
        ToolResult updated = await Tool.Run("apt-get", [.. options, "-q", "update"], cancellation);
        if (updated.Status != 0 || !Directory.EnumerateFiles(lists, "*Packages*").Any())
        {
            throw new LabException(
                $"faultline: apt-get update for suite {suite} failed; is the mirror there, and does it have that suite? Or give --kernel-image and --modules.\n"
                + Tool.Last(updated.Errors + updated.Output, 10));
        }

        await File.WriteAllTextAsync(stamp, "", cancellation);
        return options;
    }

    // The machine's own Debian source, with another suite.
    private string Source()
    {
        foreach (string file in SourceFiles())
        {
            foreach (string stanza in File.ReadAllText(file).ReplaceLineEndings("\n").Split("\n\n"))
            {
                string text = Comment().Replace(stanza, "").Trim();
                string deb822 = file.EndsWith(".list", StringComparison.Ordinal) ? FromOneLine(text) : text;
                if (deb822.Contains("URIs:", StringComparison.Ordinal) && MainComponent().IsMatch(deb822) && PlainSuite().IsMatch(deb822))
                {
                    string only = Types().Replace(Suites().Replace(deb822, $"Suites: {suite}"), "Types: deb");
                    return Components().Replace(only, "Components: main") + "\n";
                }
            }
        }

        throw new LabException(
            "faultline: no Debian source in /etc/apt: kernels by package need Debian (or one of its suites in apt); elsewhere give --kernel-image and --modules");
    }

    private static IEnumerable<string> SourceFiles()
    {
        const string parts = "/etc/apt/sources.list.d", single = "/etc/apt/sources.list";
        IEnumerable<string> all = Directory.Exists(parts) ? Directory.EnumerateFiles(parts).Order(StringComparer.Ordinal) : [];
        return all.Where(f => f.EndsWith(".sources", StringComparison.Ordinal) || f.EndsWith(".list", StringComparison.Ordinal))
            .Concat(File.Exists(single) ? [single] : []);
    }

    // "deb [signed-by=KEY] URI SUITE COMPONENT..." as a deb822 stanza.
    private static string FromOneLine(string text) =>
        text.Split('\n').Select(line => OneLine().Match(line)).FirstOrDefault(m => m.Success) is { } m
            ? $"Types: deb\nURIs: {m.Groups["uri"].Value}\nSuites: {m.Groups["suite"].Value}\nComponents: {m.Groups["components"].Value}"
                + (m.Groups["key"].Success ? $"\nSigned-By: {m.Groups["key"].Value}" : "")
            : "";

    private string NotThere(string name, string[] own, string[] there)
    {
        IEnumerable<string> series = own.Concat(there).Distinct().OrderBy(KernelRelease.SortKey, StringComparer.Ordinal);
        string lists = own.Length == 0 ? "\n  (this machine's own suites have none: 'apt-get update' first?)" : "";
        return $"faultline: no kernel package {name} in this machine's suites or {suite}; there are:\n  {string.Join("\n  ", series)}{lists}\n"
            + "  (--suite SUITE asks another suite; --kernel-image and --modules take a kernel of your own)";
    }

    // Not the packages that only name the newest of a series (linux-image-6.12-amd64).
    [GeneratedRegex(@"^linux-image-(\d+\.\d+\.\d+[^-]*(?:-\d+)?-amd64)$")]
    private static partial Regex Image();

    [GeneratedRegex(@"(?m)^\s*#.*\n?")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?m)^Components:.*\bmain\b")]
    private static partial Regex MainComponent();

    // A release's own suite: not -security, which is another tree, and not another project's.
    [GeneratedRegex(@"(?m)^Suites:(?=.*\b(bookworm|trixie|forky|sid|stable|testing|unstable|oldstable)\b(?!-))")]
    private static partial Regex PlainSuite();

    [GeneratedRegex(@"(?m)^Suites:.*$")]
    private static partial Regex Suites();

    [GeneratedRegex(@"(?m)^Types:.*$")]
    private static partial Regex Types();

    [GeneratedRegex(@"(?m)^Components:.*$")]
    private static partial Regex Components();

    [GeneratedRegex(@"^\s*deb\s+(?:\[.*?(?:signed-by=(?<key>[^\]\s]+)).*?\]\s+|\[[^\]]*\]\s+)?(?<uri>\S+)\s+(?<suite>\S+)\s+(?<components>.*)$")]
    private static partial Regex OneLine();
}
