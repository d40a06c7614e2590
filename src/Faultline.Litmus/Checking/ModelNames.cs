using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Expectations;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Checking;

/// <summary>Names that only the kernel model can judge: functions with a WARN, BUGs, marks, kernel versions.</summary>
public static class ModelNames
{
    /// <summary>What a condition or <c>locations</c> names that the model does not have.</summary>
    public static IReadOnlyList<Diagnostic> Validate(LitmusTest test)
    {
        IEnumerable<(Observable Observable, SourcePosition Position)> named =
            test.Condition.Proposition.Atoms.Select(a => (a.Observable, a.Position))
                .Concat(test.Locations.Select(l => (l, test.Condition.Position)));
        return
        [
            .. from item in named
               let problem = Problem(item.Observable)
               where problem is not null
               select new Diagnostic(test.Path, item.Position.Line, item.Position.Column, problem),
        ];
    }

    /// <summary>Kernel versions in a <c>.expected</c> file that are not modelled, or not spelled as the tool spells them.</summary>
    public static IReadOnlyList<Diagnostic> Validate(string path, ExpectedFile expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        return
        [
            .. from entry in expected.Entries
               let problem = WhyNot(entry.Kernel) ?? Misspelled(entry.Kernel)
               where problem is not null
               select new Diagnostic(path, entry.Position.Line, entry.Position.Column, problem),
        ];
    }

    /// <summary>What is wrong with the name of a kernel version, with the name that may have been meant; null when it names one.</summary>
    public static string? WhyNot(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (KernelVersions.WhyNot(name) is not { } problem)
        {
            return null;
        }

        string[] parts = name.Split('~');
        List<string> known = [.. KernelVersions.All.Select(k => k.Name)];
        if (!known.Contains(parts[0], StringComparer.OrdinalIgnoreCase))
        {
            return $"{problem}{NearestName.Hint(parts[0], known)} (expected one of: {string.Join(", ", known)}; or one of them with a fix taken out: VERSION~COMMIT)";
        }

        List<string> commits = [.. BehaviourChanges.All.Select(c => c.Commit).Distinct()];
        string? unknown = parts.Skip(1).FirstOrDefault(p => BehaviourChanges.WithCommit(p).Count == 0);
        return unknown is null
            ? $"{problem}, so it cannot be taken out ('faultline kernels' lists what each version brought)"
            : $"{problem}{NearestName.Hint(unknown, commits)} (expected the first 7 digits or more of a commit that 'faultline kernels' lists)";
    }

    /// <summary>What <c>.expected</c> files and options call a filesystem.</summary>
    public static string Of(FilesystemKind filesystem) => filesystem == FilesystemKind.Ext4 ? "ext4" : "xfs";

    // Results are looked up by name: one spelling for each version.
    private static string? Misspelled(string name) => KernelVersions.Find(name) is { } version && version.Name != name
        ? $"kernel '{name}' is written '{version.Name}' here"
        : null;

    private static string? Problem(Observable observable) => observable switch
    {
        WarnEvent warn => Unknown("function with a modelled WARN", warn.Function, Sites.Warns),
        BugEvent bug => Unknown("BUG", bug.Bug, Sites.Bugs),
        ReachEvent reach => Unknown("mark", reach.Mark, Sites.Marks),
        _ => null,
    };

    private static string? Unknown(string what, string name, IReadOnlyList<string> known) =>
        known.Contains(name) ? null : $"unknown {what} '{name}'{NearestName.Hint(name, known)} (expected one of: {string.Join(", ", known)})";
}
