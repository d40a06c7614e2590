namespace Faultline.Kernel.User;

/// <summary>The coroutines that stand for the CPU and the user program, not for a function of the kernel.</summary>
public static class Scaffolding
{
    private static readonly HashSet<string> Functions = ["user", "user_access", "access"];

    /// <summary>True for such a one, by its name in reports.</summary>
    public static bool Contains(string function) => Functions.Contains(function);
}
