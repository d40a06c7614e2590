using Faultline.Kernel.Checks;
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

    /// <summary>Kernel versions in a <c>.expected</c> file that are not modelled.</summary>
    public static IReadOnlyList<Diagnostic> Validate(string path, ExpectedFile expected) =>
    [
        .. from entry in expected.Entries
           where KernelVersions.Find(entry.Kernel) is null
           select new Diagnostic(path, entry.Position.Line, entry.Position.Column, UnknownKernel(entry.Kernel)),
    ];

    /// <summary>What to say of a kernel version that is not modelled.</summary>
    public static string UnknownKernel(string name)
    {
        List<string> known = [.. KernelVersions.All.Select(k => k.Name)];
        return $"unknown kernel '{name}'{NearestName.Hint(name, known)} (expected one of: {string.Join(", ", known)})";
    }

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
