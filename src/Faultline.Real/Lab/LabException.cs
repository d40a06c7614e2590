namespace Faultline.Real.Lab;

/// <summary>Something outside is missing or does not work: a tool, a package, a kernel that does not boot. The message says what to do.</summary>
public sealed class LabException(string message) : Exception(message);
