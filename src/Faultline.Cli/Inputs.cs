using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Real;

namespace Faultline.Cli;

/// <summary>Turns what the user typed into tests, kernels and filesystems.</summary>
internal static class Inputs
{
    private const string All = "all";

    /// <summary>Reads tests; a folder means every <c>.litmus</c> file below it.</summary>
    /// <exception cref="InputException">One of them cannot be used.</exception>
    public static IReadOnlyList<TestFile> Load(IEnumerable<string> paths, CompileLimits limits, bool forCost)
    {
        var tests = new List<TestFile>();
        foreach (string path in paths)
        {
            if (path.StartsWith('-') && !File.Exists(path))
            {
                throw new InputException($"faultline: unknown option '{path}'; 'faultline COMMAND --help' lists them");
            }

            bool folder = Directory.Exists(path);
            foreach (string file in folder ? InFolder(path) : [path])
            {
                TestFile test = TestFile.Load(file, limits);
                if (folder && test.IsForCostOnly != forCost)
                {
                    continue; // a folder holds tests to search and tests to count
                }

                tests.Add(test.IsForCostOnly && !forCost ? throw TooBigToSearch(test) : test);
            }
        }

        List<Diagnostic> problems = [.. tests.SelectMany(t => t.Diagnostics)];
        return problems.Count == 0 ? tests : throw new InputException(string.Join(Environment.NewLine, problems));
    }

    /// <summary>Reads one test, for a search or for cost.</summary>
    /// <exception cref="InputException">It cannot be used.</exception>
    public static TestFile LoadOne(string path)
    {
        TestFile test = TestFile.Load(path, CompileLimits.Search);
        test = test.IsForCostOnly ? TestFile.Load(path, CompileLimits.Cost) : test;
        return test.IsUsable ? test : throw new InputException(string.Join(Environment.NewLine, test.Diagnostics));
    }

    /// <summary>Deletes a file, if it is there and can be deleted.</summary>
    public static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // what could not be written can often not be deleted either
        }
    }

    /// <summary>Kernel versions: names separated by commas, <c>all</c>, or <c>running</c>.</summary>
    /// <exception cref="InputException">A name is unknown.</exception>
    public static IReadOnlyList<KernelVersion> Kernels(string[] names)
    {
        var kernels = new List<KernelVersion>();
        foreach (string name in Split(names))
        {
            switch (name)
            {
                case All:
                    kernels.AddRange(KernelVersions.All);
                    break;
                case "running":
                    kernels.Add(RunningKernel.Nearest(RunningKernel.Release(), KernelVersions.All)
                        ?? throw new InputException($"faultline: the running kernel {RunningKernel.Release()} is older than every modelled one"));
                    break;
                default:
                    kernels.Add(KernelVersions.Find(name) ?? throw new InputException($"faultline: {ModelNames.WhyNot(name)}"));
                    break;
            }
        }

        return kernels.Count == 0 ? [KernelVersions.All[^1]] : [.. kernels.DistinctBy(k => k.Name)];
    }

    /// <summary>Does one of the names stand for everything there is?</summary>
    public static bool AsksForAll(string[] names) => Split(names).Contains(All);

    /// <summary>The versions that were asked for one by one, or by default, and not only as part of <c>all</c>.</summary>
    public static IReadOnlyList<KernelVersion> NamedKernels(string[] names)
    {
        string[] others = [.. Split(names).Where(n => n != All)];
        return others.Length == 0 && AsksForAll(names) ? [] : Kernels(others);
    }

    /// <summary>Tests that are for <c>faultline cost</c> and were passed over in folders.</summary>
    public static IReadOnlyList<string> PassedOver(IEnumerable<string> paths, IReadOnlyList<TestFile> loaded)
    {
        HashSet<string> used = [.. loaded.Select(t => t.Path)];
        return [.. paths.Where(Directory.Exists).SelectMany(InFolder).Where(f => !used.Contains(f))];
    }

    /// <summary>Refuses a test that uses what the version or filesystem does not have.</summary>
    /// <exception cref="InputException">It does.</exception>
    public static void Demand(TestFile file, KernelVersion version, FilesystemKind fs)
    {
        if (NotRun.Of(file, version, fs) is { } not)
        {
            throw new InputException(string.Join(Environment.NewLine, not.Reasons));
        }
    }

    /// <summary>Filesystems: names separated by commas, or <c>all</c>.</summary>
    /// <exception cref="InputException">A name is unknown.</exception>
    public static IReadOnlyList<FilesystemKind> Filesystems(string[] names)
    {
        var kinds = new List<FilesystemKind>();
        foreach (string name in Split(names))
        {
            kinds.AddRange(name switch
            {
                All => Enum.GetValues<FilesystemKind>(),
                "ext4" => [FilesystemKind.Ext4],
                "xfs" => [FilesystemKind.Xfs],
                _ => throw new InputException($"faultline: unknown filesystem '{name}'{NearestName.Hint(name, ["ext4", "xfs"])} (expected ext4, xfs or all)"),
            });
        }

        return kinds.Count == 0 ? Enum.GetValues<FilesystemKind>() : [.. kinds.Distinct()];
    }

    /// <summary>As users and <c>.expected</c> files name it.</summary>
    public static string Name(FilesystemKind kind) => ModelNames.Of(kind);

    private static IEnumerable<string> Split(string[] names) =>
        names.SelectMany(n => n.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Select(n => n.ToLowerInvariant());

    private static List<string> InFolder(string folder)
    {
        List<string> files = [.. Directory.EnumerateFiles(folder, "*.litmus", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        return files.Count > 0 ? files : throw new InputException($"{folder}: no .litmus file in this folder");
    }

    private static InputException TooBigToSearch(TestFile test) =>
        new($"{test.Path}:1:1: this test says Geometry=real: it is for 'faultline cost', and too big to search");
}
