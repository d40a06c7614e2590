using System.Collections.Frozen;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Faultline.Engine.Coroutines;
using Faultline.Kernel.Versions;

namespace Faultline.Litmus.Analysis;

/// <summary>
/// Which file of the kernel a function is in. The model says it once, in the doc comment of each modelled function; this is that text,
/// as the compiler wrote it down for the Kernel project.
/// </summary>
public static partial class FunctionSources
{
    private static readonly Lazy<(FrozenDictionary<string, string> Files, FrozenSet<string> Cited)> Read = new(ReadAll);

    /// <summary>The file, <c>mm/memory.c</c>; empty when it is not known.</summary>
    /// <param name="function">The function, as a story names it.</param>
    /// <param name="version">The version whose names it uses.</param>
    public static string FileOf(string function, KernelVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return Read.Value.Files.GetValueOrDefault(function, "") is { Length: > 0 } file
            ? file
            : Read.Value.Files.GetValueOrDefault(ModelsName(function, version), "");
    }

    /// <summary>False for a function of the model's own, which stands for a part of one of the kernel's or for several.</summary>
    /// <param name="function">The function, as a story names it.</param>
    /// <param name="version">The version whose names it uses.</param>
    public static bool IsInKernel(string function, KernelVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return Read.Value.Cited.Contains(function) || Read.Value.Cited.Contains(ModelsName(function, version));
    }

    private static string ModelsName(string function, KernelVersion version) =>
        version.FunctionNames.FirstOrDefault(n => n.Value == function).Key ?? function;

    private static (FrozenDictionary<string, string> Files, FrozenSet<string> Cited) ReadAll()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Faultline.Kernel.xml")!;
        var files = new Dictionary<string, string>();
        var cited = new HashSet<string>();
        foreach (XElement member in XDocument.Load(stream).Descendants("member"))
        {
            string name = (string)member.Attribute("name")!;
            if (!name.StartsWith("M:", StringComparison.Ordinal))
            {
                continue;
            }

            string summary = (string?)member.Element("summary") ?? "";
            foreach (Match match in Citation().Matches(summary))
            {
                files.TryAdd(match.Groups["function"].Value, match.Groups["file"].Value);
            }

            cited.UnionWith(Function().Matches(summary).Select(m => m.Groups["function"].Value));

            // A method that models several functions, or parts of one, is known by its own name, too.
            if (Citation().Match(summary) is { Success: true } first)
            {
                string method = name.Split('(')[0].Split('.')[^1];
                files.TryAdd(KernelNames.Spell(method), first.Groups["file"].Value);
            }
        }

        return (files.ToFrozenDictionary(), cited.ToFrozenSet());
    }

    [GeneratedRegex(@"\b(?<file>(mm|fs|arch|include|lib|kernel|block|drivers)/[\w/.-]+\.[ch])\s+(?<function>\w+)\(\)")]
    private static partial Regex Citation();

    [GeneratedRegex(@"\b(?<function>\w+)\(\)")]
    private static partial Regex Function();
}
